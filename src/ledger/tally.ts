// How many events came in by which door and how they ended, those that were forgotten since included.
import { type Kysely, sql } from 'kysely';
import type { Door } from '../domain/object-hint.ts';
import { type EventOutcome, OUTCOME } from './events.ts';
import type { Ledger } from './schema.ts';

export interface EventCount {
  door: Door;
  kind: string;
  outcome: EventOutcome;
  count: number;
  /** Those of them that history still has. */
  kept: number;
  /** When the first of them came. */
  since: Date;
}

/** Reads the whole history once, so callers share an answer. In one statement: nothing is forgotten between two counts. */
export async function countEvents(db: Kysely<Ledger>): Promise<EventCount[]> {
  const { rows } = await sql<EventCount>`
    SELECT door, kind, outcome, sum(count)::bigint AS count, sum(kept)::bigint AS kept, min(since) AS since
    FROM (
      SELECT door, kind, ${OUTCOME} AS outcome, count(*) AS count, count(*) AS kept, min(received_at) AS since
      FROM event GROUP BY 1, 2, 3
      UNION ALL SELECT door, kind, outcome, count, 0, since FROM event_tally
    ) counted
    GROUP BY door, kind, outcome`.execute(db);
  return rows;
}
