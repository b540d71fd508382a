// Events as received and what came of them, and the actions they led to.
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Door } from '../domain/object-hint.ts';
import type { Ledger } from './schema.ts';

export interface KnownEvent {
  id: number;
  message: string | null;
  door: Door;
  sender: string | null;
  format: string | null;
  sentId: string | null;
  kind: string;
  bucket: string | null;
  key: string | null;
  etag: string | null;
  size: number | null;
  pipeline: string | null;
  run: number | null;
  receivedAt: Date;
  result: string | null;
  detail: string | null;
  doneAt: Date | null;
}

export interface KnownAction {
  kind: string;
  detail: string;
  attempt: number;
  ms: number;
  at: Date;
  run: number | null;
}

/** How events ended: `ok` also where nothing had to be done. */
export const OUTCOMES = ['open', 'ok', 'error'] as const;
export type EventOutcome = (typeof OUTCOMES)[number];

export interface EventFilter {
  door?: Door | undefined;
  sender?: string | undefined;
  kind?: string | undefined;
  outcome?: EventOutcome | undefined;
  result?: string | undefined;
  message?: string | undefined;
  pipeline?: string | undefined;
  bucket?: string | undefined;
  key?: string | undefined;
  /** Part of the key, whatever its case. */
  q?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

const IS_ERROR = sql<boolean>`result IN ('failed', 'rejected')`;

/** In SQL: how an event ended. */
export const OUTCOME = sql<EventOutcome>`CASE WHEN result IS NULL THEN 'open' WHEN ${IS_ERROR} THEN 'error' ELSE 'ok' END`;

/** The same as conditions, each of which an index may answer. */
const ENDED: Record<EventOutcome, RawBuilder<boolean>> = {
  open: sql`result IS NULL`,
  ok: sql`NOT (${IS_ERROR})`,
  error: IS_ERROR,
};

const COLUMNS = sql`id, message, door, sender, format, sent_id AS "sentId", kind, bucket, key, etag, size, pipeline, run,
  received_at AS "receivedAt", result, detail, done_at AS "doneAt"`;

/** Newest first. `before` is the id that ended the page before. */
export async function listEvents(
  db: Kysely<Ledger>,
  filter: EventFilter,
  limit: number,
  before?: number,
): Promise<{ rows: KnownEvent[]; next: number | undefined }> {
  const all = [...conditions(filter), ...(before === undefined ? [] : [sql`id < ${before}`])];
  const { rows } = await sql<KnownEvent>`
    SELECT ${COLUMNS} FROM event WHERE ${sql.join(all, sql` AND `)} ORDER BY id DESC LIMIT ${limit + 1}`.execute(db);
  const page = rows.slice(0, limit);
  return { rows: page, next: rows.length > limit ? page.at(-1)?.id : undefined };
}

/** One event with its message as received, which the first row of the message has. */
export async function readEvent(db: Kysely<Ledger>, id: number): Promise<(KnownEvent & { payload: string | null }) | undefined> {
  const { rows } = await sql<KnownEvent & { payload: string | null }>`
    SELECT ${COLUMNS}, coalesce(payload, (
      SELECT first.payload FROM event first WHERE first.message = event.message AND first.payload IS NOT NULL LIMIT 1)) AS payload
    FROM event WHERE id = ${id}`.execute(db);
  return rows[0];
}

function conditions(filter: EventFilter): RawBuilder<unknown>[] {
  const { outcome, q, since, until, ...equal } = filter;
  return [
    sql`true`,
    ...Object.entries(equal).flatMap(([column, value]) => (value === undefined ? [] : [sql`${sql.ref(column)} = ${value}`])),
    ...(outcome === undefined ? [] : [ENDED[outcome]]),
    ...(q === undefined ? [] : [sql`strpos(lower(key), lower(${q})) > 0`]),
    ...(since === undefined ? [] : [sql`received_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`received_at < ${until}`]),
  ];
}

/** The newest actions on one object, newest first. */
export async function listActions(db: Kysely<Ledger>, bucket: string, key: string, limit: number): Promise<KnownAction[]> {
  return db
    .selectFrom('action')
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .orderBy('id', 'desc')
    .limit(limit)
    .select(['kind', 'detail', 'attempt', 'ms', 'at', 'run'])
    .execute();
}
