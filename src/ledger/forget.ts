// Forgets what is older than history goes back; what was counted stays counted.
import { type Kysely, sql, type Transaction } from 'kysely';
import { ADVISORY_LOCK } from '../domain/advisory-lock.ts';
import { OUTCOME } from './events.ts';
import type { Ledger } from './schema.ts';

/** Rows that one statement takes away. */
const BATCH = 1000;

/** The last rows that were looked at: those before them are gone, or somebody was at work on them. */
export interface Forgotten {
  event: number;
  action: number;
}

/**
 * Forgets at most a thousand events and a thousand actions from before `before`, oldest first, in one transaction that waits
 * for nobody: rows that somebody is writing to are left for the next time.
 * @param behind where the batch before ended
 * @returns where this one ended; undefined where nothing is left, or where another process is at it
 */
export async function forgetBatch(
  db: Kysely<Ledger>,
  before: Date,
  behind: Forgotten = { event: 0, action: 0 },
): Promise<Forgotten | undefined> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ ours: boolean }>`SELECT pg_try_advisory_xact_lock(${ADVISORY_LOCK.forget}) AS ours`.execute(tx);
    if (!rows[0]?.ours) return undefined;
    const event = await forgetEvents(tx, before, behind.event);
    const action = await forgetActions(tx, before, behind.action);
    if (event === undefined && action === undefined) return undefined;
    return { event: event ?? behind.event, action: action ?? behind.action };
  });
}

/** Ids follow the order of time, nearly: the oldest rows are found without an index on the time. */
async function forgetEvents(tx: Transaction<Ledger>, before: Date, behind: number): Promise<number | undefined> {
  const { rows } = await sql<{ last: number | null }>`
    WITH oldest AS (
      SELECT id, received_at FROM event WHERE id > ${behind} ORDER BY id LIMIT ${BATCH}
    ), due AS (
      SELECT id FROM event JOIN oldest USING (id) WHERE oldest.received_at < ${before} FOR UPDATE OF event SKIP LOCKED
    ), forgotten AS (
      DELETE FROM event USING due WHERE event.id = due.id
      RETURNING event.id, event.door, event.kind, event.received_at, ${OUTCOME} AS outcome
    ), counted AS (
      INSERT INTO event_tally (door, kind, outcome, count, since)
      SELECT door, kind, outcome, count(*), min(received_at) FROM forgotten GROUP BY door, kind, outcome
      ON CONFLICT (door, kind, outcome) DO UPDATE SET
        count = event_tally.count + excluded.count, since = least(event_tally.since, excluded.since)
    )
    SELECT max(id) AS last FROM forgotten`.execute(tx);
  return rows[0]?.last ?? undefined;
}

async function forgetActions(tx: Transaction<Ledger>, before: Date, behind: number): Promise<number | undefined> {
  const { rows } = await sql<{ last: number | null }>`
    WITH oldest AS (
      SELECT id, at FROM action WHERE id > ${behind} ORDER BY id LIMIT ${BATCH}
    ), due AS (
      SELECT id FROM action JOIN oldest USING (id) WHERE oldest.at < ${before} FOR UPDATE OF action SKIP LOCKED
    ), forgotten AS (
      DELETE FROM action USING due WHERE action.id = due.id RETURNING action.id
    )
    SELECT max(id) AS last FROM forgotten`.execute(tx);
  return rows[0]?.last ?? undefined;
}
