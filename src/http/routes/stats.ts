// GET stats: figures of the whole.
import { countOriginals } from '../../ledger/originals.ts';
import { readStats } from '../../ledger/stats.ts';
import type { Api } from '../api.ts';
import { memo } from '../memo.ts';
import type { HttpServices } from '../services.ts';
import { type Stats, stats } from '../shapes/stats.ts';

/** Everybody who asks within so many milliseconds, or longer over a long ledger, shares an answer. */
const SHARED_MS = 1000;

export function statsRoutes(app: Api, { db, depth }: HttpServices): void {
  const read = memo(SHARED_MS, async (): Promise<Stats> => {
    const [queue, objects, ledger] = await Promise.all([depth(), countOriginals(db), readStats(db)]);
    return { queue, objects, ...ledger, latency: ledger.latency ?? null };
  });

  app.get(
    '/stats',
    { schema: { tags: ['stats'], summary: 'Queue, objects, failures, bytes, rate and latency', response: { 200: stats } } },
    read,
  );
}
