// One page of a bucket in byte order. With a delimiter the index is entered anew behind each common prefix, so that a page
// costs as many steps as it has entries, however many keys lie beneath.
import { CompiledQuery, type Kysely } from 'kysely';
import type { StoredChecksum, StoreTables } from './tables.ts';

export interface ListQuery {
  bucket: string;
  prefix: string;
  /** Empty for none. */
  delimiter: string;
  /** Entries up to and including this one are left out: a key, or a common prefix, which leaves out all that is under it. */
  after: string;
  /** Entries at most. */
  limit: number;
}

/** A key, or a common prefix that stands for all keys under it. */
export type ListEntry =
  | {
      kind: 'key';
      name: string;
      etag: string;
      size: number;
      modified: number;
      checksum: StoredChecksum | null;
      /** The storage class, where it is not the usual one. */
      class: string | null;
    }
  | { kind: 'prefix'; name: string };

export interface ListPage {
  entries: ListEntry[];
  truncated: boolean;
}

/** Behind any key that begins with what stands before it: 1,024 bytes of the last code point there is. */
const TOP = '\u{10ffff}'.repeat(256);

// Milliseconds as a number: the database and the driver take longer over times written out.
const FIELDS =
  "o.etag, o.size, (extract(epoch FROM o.modified_at) * 1000)::int8 AS modified, o.checksum, o.headers ->> 'x-amz-storage-class' AS class";

interface Row {
  name: string;
  fold?: string | null;
  etag: string;
  size: number;
  modified: number;
  checksum: StoredChecksum | null;
  class: string | null;
}

/** Reads a page. The bucket's existence is the caller's to check. */
export async function listPage(db: Kysely<StoreTables>, query: ListQuery): Promise<ListPage> {
  const { prefix, limit } = query;
  if (limit === 0) return { entries: [], truncated: false };
  const after = isFold(query) ? `${query.after}${TOP}` : query.after;
  const fromPrefix = Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0;
  const bounds = `o.bucket = $1 AND o.key ${fromPrefix ? '>=' : '>'} $2 AND o.key <= $3`;
  const values = [query.bucket, fromPrefix ? prefix : after, `${prefix}${TOP}`, limit + 1];
  const statement = query.delimiter === '' ? flat(bounds) : folded(bounds);
  if (query.delimiter !== '') values.push(query.delimiter, [...prefix].length, [...query.delimiter].length - 1, TOP);
  const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(statement, values));
  const entries = rows.slice(0, limit).map(toEntry);
  return { entries, truncated: rows.length > limit };
}

/** True where `after` is a common prefix of this very listing. */
function isFold({ prefix, delimiter, after }: ListQuery): boolean {
  if (delimiter === '' || !after.startsWith(prefix)) return false;
  const found = after.indexOf(delimiter, prefix.length);
  return found >= 0 && found + delimiter.length === after.length;
}

function flat(bounds: string): string {
  return `SELECT o.key AS name, ${FIELDS} FROM store_object o WHERE ${bounds} ORDER BY o.key LIMIT $4`;
}

function folded(bounds: string): string {
  // Null where the key has no delimiter behind the prefix.
  const fold = `left(o.key, $6::int + $7::int + nullif(strpos(substr(o.key, $6::int + 1), $5), 0)) COLLATE "C"`;
  return `
    WITH RECURSIVE walk (n, key, fold) AS (
      (SELECT 1, o.key, ${fold} FROM store_object o WHERE ${bounds} ORDER BY o.key LIMIT 1)
      UNION ALL
      SELECT w.n + 1, o.key, ${fold}
      FROM walk w CROSS JOIN LATERAL (
        SELECT o.key FROM store_object o
        WHERE o.bucket = $1 AND o.key > coalesce(w.fold || $8, w.key) COLLATE "C" AND o.key <= $3
        ORDER BY o.key LIMIT 1
      ) o
      WHERE w.n < $4
    )
    SELECT w.key AS name, w.fold, ${FIELDS}
    FROM walk w LEFT JOIN store_object o ON w.fold IS NULL AND o.bucket = $1 AND o.key = w.key
    ORDER BY w.n`;
}

function toEntry(row: Row): ListEntry {
  return typeof row.fold === 'string' ? { kind: 'prefix', name: row.fold } : { kind: 'key', ...row };
}
