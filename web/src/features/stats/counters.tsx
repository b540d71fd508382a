// The four counters that never go back: timers and events of stores, by how they ended.
import type { Stats } from '../../api/types.ts';
import { formatMoment } from '../../format/time.ts';

export function Counters({ stats: { cron, cron_error, cos, cos_error, since } }: { stats: Stats }) {
  return (
    <section aria-label="Counters">
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Counter name="Store events that ended well" value={cos} />
        <Counter name="Store events that ended badly" value={cos_error} bad />
        <Counter name="Timers that ended well" value={cron} />
        <Counter name="Timers that ended badly" value={cron_error} bad />
      </dl>
      <p className="mt-2 text-sm text-soft">
        {since === null ? 'No event was heard yet.' : `Counted since ${formatMoment(since)}, however long history is kept.`}
      </p>
    </section>
  );
}

function Counter({ name, value, bad = false }: { name: string; value: number; bad?: boolean }) {
  return (
    <div className="flex flex-col-reverse justify-end rounded-xl border border-line bg-surface p-5">
      <dt className="text-sm text-soft">{name}</dt>
      <dd className={`numbers text-3xl font-semibold tracking-tight ${bad && value > 0 ? 'text-bad' : ''}`}>
        {value.toLocaleString()}
      </dd>
    </div>
  );
}
