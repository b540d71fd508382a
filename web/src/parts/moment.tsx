// A point in time in two lines: the time of day, and its day.
import { formatClock, formatDay, formatMoment } from '../format/time.ts';

export function Moment({ at, note }: { at: string; note?: string | undefined }) {
  return (
    <time dateTime={at} title={formatMoment(at)} className="numbers">
      <span className="whitespace-nowrap">{formatClock(at)}</span>{' '}
      <span className="block text-xs whitespace-nowrap text-soft max-lg:inline">{note ?? formatDay(at)}</span>
    </time>
  );
}
