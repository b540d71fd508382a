// Failures (dead letters): pages of them, and taking them away so that their objects are tried again.
import { type Kysely, sql, type Transaction } from 'kysely';
import type { FailureClass } from '../domain/fault.ts';
import type { KnownFailure } from './originals.ts';
import type { Ledger } from './schema.ts';

export interface FailureFilter {
  ids?: number[] | undefined;
  class?: FailureClass | undefined;
  pipeline?: string | undefined;
  /** Of the original. */
  bucket?: string | undefined;
  /** What its key begins with. */
  prefix?: string | undefined;
  since?: Date | undefined;
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
 * Takes away at most `limit` failures up to the id `upTo`, shows their originals as pending, and passes them on, in one
 * transaction.
 * @param pass hears of the objects within the transaction @returns how many failures were taken
 */
export async function takeFailures(
  db: Kysely<Ledger>,
  filter: FailureFilter,
  upTo: number,
  limit: number,
  pass: (tx: Transaction<Ledger>, objects: { bucket: string; key: string }[]) => Promise<unknown>,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows: taken } = await sql<{ original_id: number }>`
      DELETE FROM failure WHERE id IN (
        SELECT f.id FROM failure f JOIN original o ON o.id = f.original_id
        WHERE ${conditions(filter)} AND f.id <= ${upTo}
        ORDER BY f.id LIMIT ${limit} FOR UPDATE OF f SKIP LOCKED)
      RETURNING original_id`.execute(tx);
    const ids = [...new Set(taken.map((row) => row.original_id))];
    if (ids.length === 0) return 0;
    const { rows: objects } = await sql<{ bucket: string; key: string }>`
      UPDATE original SET state = 'pending', updated_at = now() WHERE id = ANY (${ids}) RETURNING bucket, key`.execute(tx);
    await sql`SELECT pg_notify('pixmill_feed', ${JSON.stringify({ originals: ids })})`.execute(tx);
    await pass(tx, objects);
    return taken.length;
  });
}

function conditions({ ids, class: kind, pipeline, bucket, prefix, since }: FailureFilter) {
  const all = [
    sql`true`,
    ...(ids === undefined ? [] : [sql`f.id = ANY (${ids})`]),
    ...(kind === undefined ? [] : [sql`f.class = ${kind}`]),
    ...(pipeline === undefined ? [] : [sql`f.pipeline = ${pipeline}`]),
    ...(bucket === undefined ? [] : [sql`o.bucket = ${bucket}`]),
    ...(prefix === undefined ? [] : [sql`starts_with(o.key, ${prefix})`]),
    ...(since === undefined ? [] : [sql`f.failed_at >= ${since}`]),
  ];
  return sql.join(all, sql` AND `);
}
