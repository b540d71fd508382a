// Figures of the whole: what was heard and how it ended, how fast, what waits, and what failed.
import { useQuery } from '@tanstack/react-query';
import { inWords } from '../api/fault-words.ts';
import { statsQuery } from '../api/queries.ts';
import type { Failure, Stats } from '../api/types.ts';
import { failureWords } from '../features/pictures/failure-words.ts';
import { Counters } from '../features/stats/counters.tsx';
import { DoorTable } from '../features/stats/door-table.tsx';
import { Figures } from '../features/stats/figures.tsx';
import { formatBytes } from '../format/bytes.ts';
import { formatClock, formatDuration } from '../format/time.ts';
import { count } from '../format/words.ts';
import { ListFault } from '../parts/list-fault.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { TableGhost } from '../parts/table.tsx';

export default function StatsPage() {
  const { data, isPending, isError, error, refetch, dataUpdatedAt } = useQuery(statsQuery);
  return (
    <>
      <PageTitle title="Statistics">What was heard and how it ended, how fast, what waits, and what failed.</PageTitle>
      <div className="mt-5 grid gap-3">
        {isPending && <TableGhost label="Loading the figures" />}
        {isError && <ListFault fault={inWords(error)} onRetry={() => refetch()} />}
        {data && <AllFigures stats={data} />}
      </div>
      {data && (
        <p className="numbers mt-4 text-sm text-soft">
          As of {formatClock(new Date(dataUpdatedAt).toISOString())}; whatever happens brings newer figures.
        </p>
      )}
    </>
  );
}

function AllFigures({ stats }: { stats: Stats }) {
  const { events, latency, rate, queue, open, objects, renditions, bytes, failures } = stats;
  const failed = Object.entries(failures) as [Failure['class'], number][];
  const duration = (ms: number | undefined) => (ms === undefined ? '–' : formatDuration(ms));
  return (
    <>
      <Counters stats={stats} />
      <div className="grid items-start gap-3 lg:grid-cols-2">
        <div className="grid gap-3">
          <DoorTable events={events} />
          <Figures
            title="Failures by class"
            {...(failed.length === 0 && { note: 'Nothing failed' })}
            figures={failed.map(([kind, amount]) => [failureWords(kind), amount.toLocaleString()])}
          />
        </div>
        <div className="grid gap-3 sm:grid-cols-2">
          <Figures
            title="Latency"
            note={latency ? 'From word of a picture to its record, last hour' : 'Nothing was rendered in the last hour'}
            figures={[
              ['Half within', duration(latency?.p50)],
              ['95 % within', duration(latency?.p95)],
              ['99 % within', duration(latency?.p99)],
            ]}
          />
          <Figures
            title="Rate"
            note="Renditions recorded"
            figures={[
              ['Last minute', rate.lastMinute.toLocaleString()],
              ['Last hour', rate.lastHour.toLocaleString()],
            ]}
          />
          <Figures
            title="Queue"
            figures={[
              ['Jobs waiting', queue.waiting.toLocaleString()],
              ['Jobs under way', queue.active.toLocaleString()],
              ['Events open', open.toLocaleString()],
            ]}
          />
          <Figures
            title="Bytes"
            note={count(renditions, 'rendition')}
            figures={[
              ['Originals', formatBytes(bytes.in)],
              ['Renditions', formatBytes(bytes.out)],
            ]}
          />
          <div className="sm:col-span-2">
            <Figures
              title="Pictures"
              figures={[
                ['Waiting', objects.pending.toLocaleString()],
                ['Done', objects.done.toLocaleString()],
                ['Failed', objects.failed.toLocaleString()],
                ['Delivered', objects.delivered.toLocaleString()],
                ['Deleted', objects.gone.toLocaleString()],
              ]}
            />
          </div>
        </div>
      </div>
    </>
  );
}
