// Reading the index: one object, a bucket. The statements are written out once, since every request runs one of them.
import { CompiledQuery, type Kysely } from 'kysely';
import type { ObjectRow } from './batch.ts';
import { S3Error } from './s3-error.ts';
import type { StoreTables } from './tables.ts';

export interface StoredVersion extends ObjectRow {
  modifiedAt: Date;
}

export interface ObjectIndex {
  /** Undefined where there is no such object. Throws `NoSuchBucket`. */
  find(bucket: string, key: string): Promise<StoredVersion | undefined>;
  /** Throws `NoSuchBucket`. */
  requireBucket(bucket: string): Promise<void>;
  /** Call it when a bucket has gone. */
  forgetBucket(bucket: string): void;
}

const FIND =
  'SELECT blob, pieces, size, etag, checksum, headers, metadata, tags, modified_at AS "modifiedAt" FROM store_object WHERE bucket = $1 AND key = $2';
const BUCKET = 'SELECT 1 FROM store_bucket WHERE name = $1';

/** Names kept as known to exist. */
const KNOWN_BUCKETS = 1000;

export function openIndex(db: Kysely<StoreTables>): ObjectIndex {
  // Only a shortcut past a query: whether a write finds its bucket is decided by its transaction.
  const known = new Set<string>();

  const index: ObjectIndex = {
    async find(bucket, key) {
      const { rows } = await db.executeQuery<StoredVersion>(CompiledQuery.raw(FIND, [bucket, key]));
      if (rows.length === 0) await index.requireBucket(bucket);
      return rows[0];
    },

    async requireBucket(bucket) {
      if (known.has(bucket)) return;
      const { rows } = await db.executeQuery(CompiledQuery.raw(BUCKET, [bucket]));
      if (rows.length === 0) throw new S3Error('NoSuchBucket', undefined, { details: { BucketName: bucket } });
      if (known.size >= KNOWN_BUCKETS) known.clear();
      known.add(bucket);
    },

    forgetBucket(bucket) {
      known.delete(bucket);
    },
  };
  return index;
}
