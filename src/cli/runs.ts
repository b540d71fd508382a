// Runs as people read them.
import type { Run } from '../../sdk/client.ts';
import { formatCount, formatDuration } from './figures.ts';
import { printableLine } from './printable.ts';

/** How far it has come, in figures. */
export function describeCounts({ scanned, changed, queued, done, failed }: Run): string {
  const waited = changed - queued;
  const figures = Object.entries({ scanned, changed, done, failed }).map(([name, count]) => `${formatCount(count)} ${name}`);
  // Somebody else had queued them, so that how they end is not counted here.
  return [...figures, ...(waited > 0 ? [`${formatCount(waited)} waited already`] : [])].join(', ');
}

/** How it stands, or how it ended and why. */
export function describeRun(run: Run): string {
  const took = run.finishedAt === null ? '' : ` in ${formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}`;
  const why = run.error === null ? '' : `: ${printableLine(run.error)}`;
  return `run ${run.id} of ${run.pipeline}: ${run.state}${took}${why}; ${describeCounts(run)}`;
}
