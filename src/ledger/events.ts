// Events as received, and the actions they led to.
import type { Kysely } from 'kysely';
import type { Ledger } from './schema.ts';

export interface KnownEvent {
  id: number;
  bucket: string;
  key: string;
  kind: string;
  sender: string;
  etag: string | null;
  size: number | null;
  receivedAt: Date;
}

export interface KnownAction {
  kind: string;
  detail: string;
  attempt: number;
  ms: number;
  at: Date;
}

/** Newest first. `before` is the id that ended the page before. */
export async function listEvents(
  db: Kysely<Ledger>,
  filter: { bucket?: string | undefined; key?: string | undefined },
  limit: number,
  before?: number,
): Promise<{ rows: KnownEvent[]; next: number | undefined }> {
  let query = db
    .selectFrom('event')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (filter.bucket !== undefined) query = query.where('bucket', '=', filter.bucket);
  if (filter.key !== undefined) query = query.where('key', '=', filter.key);
  if (before !== undefined) query = query.where('id', '<', before);
  const rows = await query
    .select(['id', 'bucket', 'key', 'kind', 'sender', 'etag', 'size', 'received_at as receivedAt'])
    .execute();
  const page = rows.slice(0, limit);
  return { rows: page, next: rows.length > limit ? page.at(-1)?.id : undefined };
}

/** The newest actions on one object, newest first. */
export async function listActions(db: Kysely<Ledger>, bucket: string, key: string, limit: number): Promise<KnownAction[]> {
  return db
    .selectFrom('action')
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .orderBy('id', 'desc')
    .limit(limit)
    .select(['kind', 'detail', 'attempt', 'ms', 'at'])
    .execute();
}
