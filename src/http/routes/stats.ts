// GET stats: figures of the whole.
import { DOORS, type Door } from '../../domain/object-hint.ts';
import { countOriginals } from '../../ledger/originals.ts';
import { readStats } from '../../ledger/stats.ts';
import { countEvents, type EventCount } from '../../ledger/tally.ts';
import type { Api } from '../api.ts';
import { memo } from '../memo.ts';
import type { HttpServices } from '../services.ts';
import { type Stats, stats } from '../shapes/stats.ts';

/** Everybody who asks within so many milliseconds, or longer over a long ledger, shares an answer. */
const SHARED_MS = 1000;

/** Doors through which a store tells of its objects: ours, or one outside. */
const STORES: ReadonlySet<Door> = new Set(['store', 'hook', 'queue', 'lambda', 'job']);

export function statsRoutes(app: Api, { db, depth }: HttpServices): void {
  const read = memo(SHARED_MS, async (): Promise<Stats> => {
    const [queue, objects, ledger, counts] = await Promise.all([depth(), countOriginals(db), readStats(db), countEvents(db)]);
    return { ...describeEvents(counts), queue, objects, ...ledger, latency: ledger.latency ?? null };
  });

  app.get(
    '/stats',
    {
      schema: {
        tags: ['stats'],
        summary: 'Events and how they ended, queue, objects, failures, bytes, rate and latency; also at /events/stats',
        response: { 200: stats },
      },
    },
    read,
  );
}

function describeEvents(
  counts: EventCount[],
): Pick<Stats, 'cron' | 'cron_error' | 'cos' | 'cos_error' | 'since' | 'open' | 'events'> {
  const figures = { cron: 0, cron_error: 0, cos: 0, cos_error: 0, open: 0 };
  const events = new Map(DOORS.map((door) => [door, { door, ok: 0, error: 0, open: 0 }]));
  let since: Date | undefined;
  for (const { door, kind, outcome, count, kept, since: first } of counts) {
    const ofDoor = events.get(door);
    if (ofDoor) ofDoor[outcome] += count;
    if (since === undefined || first < since) since = first;
    if (outcome === 'open') figures.open += kept;
    else if (kind === 'cron') figures[outcome === 'ok' ? 'cron' : 'cron_error'] += count;
    else if (kind !== 'test' && STORES.has(door)) figures[outcome === 'ok' ? 'cos' : 'cos_error'] += count;
  }
  return { ...figures, since: since?.toISOString() ?? null, events: [...events.values()] };
}
