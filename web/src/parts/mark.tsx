// A word for how something stands, in its colour; the sign beside it is for whoever does not tell the colours apart.
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'bad' | 'lit' | 'soft';

const LOOKS: Record<Tone, string> = {
  good: 'text-good',
  bad: 'bg-badground text-bad',
  lit: 'text-lit',
  soft: 'text-soft',
};
const SIGNS: Partial<Record<Tone, IconName>> = { good: 'check', bad: 'close', lit: 'warning' };

export function Mark({ tone, word }: { tone: Tone; word: string }) {
  const sign = SIGNS[tone];
  return (
    <span className={`-mx-1.5 inline-flex items-center gap-1 rounded-md px-1.5 font-medium whitespace-nowrap ${LOOKS[tone]}`}>
      {sign && <Icon name={sign} className="size-3.5" />}
      {word}
    </span>
  );
}
