// A command line with a button that copies it.
import { useEffect, useState } from 'react';
import { announce } from './announcer.tsx';
import { Icon } from './icon.tsx';

export function CopyLine({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    announce('Copied.');
  }

  return (
    <div className="flex items-stretch overflow-hidden rounded-lg border border-line bg-mat text-start">
      <code
        dir="ltr"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a line that scrolls must be reachable by keyboard
        tabIndex={0}
        className="min-w-0 grow overflow-x-auto px-3 py-2.5 font-mono text-[0.8125rem] whitespace-pre -outline-offset-2"
      >
        {text}
      </code>
      <button
        type="button"
        onClick={copy}
        aria-label={`Copy: ${label}`}
        className="grid w-11 shrink-0 place-items-center border-s border-line text-soft -outline-offset-2 transition-colors hover:bg-raised hover:text-ink"
      >
        <Icon name={copied ? 'check' : 'copy'} className={copied ? 'size-4 text-good' : 'size-4'} />
      </button>
    </div>
  );
}
