// Failures (dead letters): pages of them, and taking them away so that their objects are tried again.
import { type Kysely, sql } from 'kysely';
import type { FailureClass } from '../domain/fault.ts';
import type { KnownFailure } from './originals.ts';
import type { Ledger } from './schema.ts';

export interface FailureFilter {
  ids?: number[] | undefined;
  class?: FailureClass | undefined;
  pipeline?: string | undefined;
}

export interface ListedFailure extends Omit<KnownFailure, 'failedAt'> {
  objectId: number;
  bucket: string;
  key: string;
  failedAt: Date;
}

/** Newest first, by id. `before` is the id that ended the page before. */
export async function listFailures(
  db: Kysely<Ledger>,
  filter: FailureFilter,
  limit: number,
  before?: number,
): Promise<{ rows: ListedFailure[]; next: number | undefined }> {
  const { rows } = await sql<ListedFailure>`
    SELECT f.id, f.original_id AS "objectId", o.bucket, o.key, f.pipeline, f.rendition, f.class, f.reason, f.mend, f.attempts,
      f.failed_at AS "failedAt"
    FROM failure f JOIN original o ON o.id = f.original_id
    WHERE ${conditions(filter)} AND (${before ?? null}::bigint IS NULL OR f.id < ${before ?? null}::bigint)
    ORDER BY f.id DESC LIMIT ${limit + 1}`.execute(db);
  const page = rows.slice(0, limit);
  return { rows: page, next: rows.length > limit ? page.at(-1)?.id : undefined };
}

/** The newest failure's id: what fails from now on is above it. Undefined where there is none. */
export async function newestFailure(db: Kysely<Ledger>): Promise<number | undefined> {
  const { newest } = await db
    .selectFrom('failure')
    .select((eb) => eb.fn.max('id').as('newest'))
    .executeTakeFirstOrThrow();
  return newest ?? undefined;
}

/**
 * Takes away at most `limit` failures up to the id `upTo`, and shows their originals as pending, in one transaction.
 * A crash before the objects are looked at again loses nothing: a sweep finds what has neither rendition nor failure.
 */
export async function takeFailures(
  db: Kysely<Ledger>,
  filter: FailureFilter,
  upTo: number,
  limit: number,
): Promise<{ taken: number; objects: { bucket: string; key: string }[] }> {
  return db.transaction().execute(async (tx) => {
    const { rows: taken } = await sql<{ original_id: number }>`
      DELETE FROM failure WHERE id IN (
        SELECT f.id FROM failure f WHERE ${conditions(filter)} AND f.id <= ${upTo}
        ORDER BY f.id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING original_id`.execute(tx);
    const ids = [...new Set(taken.map((row) => row.original_id))];
    if (ids.length === 0) return { taken: 0, objects: [] };
    const { rows: objects } = await sql<{ bucket: string; key: string }>`
      UPDATE original SET state = 'pending', updated_at = now() WHERE id = ANY (${ids}) RETURNING bucket, key`.execute(tx);
    await sql`SELECT pg_notify('pixmill_feed', ${JSON.stringify({ originals: ids })})`.execute(tx);
    return { taken: taken.length, objects };
  });
}

function conditions({ ids, class: kind, pipeline }: FailureFilter) {
  const all = [
    sql`true`,
    ...(ids === undefined ? [] : [sql`f.id = ANY (${ids})`]),
    ...(kind === undefined ? [] : [sql`f.class = ${kind}`]),
    ...(pipeline === undefined ? [] : [sql`f.pipeline = ${pipeline}`]),
  ];
  return sql.join(all, sql` AND `);
}
