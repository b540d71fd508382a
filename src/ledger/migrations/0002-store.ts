// The index of the built-in S3 endpoint. It shares the ledger's database, so that "stored" and "queued" are one transaction.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE store_key (
      id text PRIMARY KEY,
      secret text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`
    CREATE TABLE store_bucket (
      name text COLLATE "C" PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`
    CREATE TABLE store_object (
      bucket text COLLATE "C" NOT NULL REFERENCES store_bucket (name),
      key text COLLATE "C" NOT NULL,
      -- Name of the file that holds the bytes, made by us, never from the key. Null for an empty object and for one in pieces.
      blob text,
      -- An object uploaded in parts stays in those parts: [[part number, blob, bytes, checksum], …] in order.
      pieces jsonb,
      size bigint NOT NULL,
      etag text NOT NULL,
      -- {algorithm, value, type} as the client may ask for it again.
      checksum jsonb,
      -- Content-Type and the other headers that S3 keeps and gives back.
      headers jsonb NOT NULL,
      metadata jsonb NOT NULL,
      tags jsonb,
      modified_at timestamptz NOT NULL,
      PRIMARY KEY (bucket, key)
    )`.execute(db);
  await sql`
    CREATE TABLE store_upload (
      id text PRIMARY KEY,
      bucket text COLLATE "C" NOT NULL REFERENCES store_bucket (name),
      key text COLLATE "C" NOT NULL,
      headers jsonb NOT NULL,
      metadata jsonb NOT NULL,
      tags jsonb,
      checksum_algorithm text,
      checksum_type text,
      created_at timestamptz NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX store_upload_key ON store_upload (bucket, key, id)`.execute(db);
  await sql`
    CREATE TABLE store_part (
      upload text NOT NULL REFERENCES store_upload (id) ON DELETE CASCADE,
      number integer NOT NULL,
      blob text,
      size bigint NOT NULL,
      etag text NOT NULL,
      -- Base64, under the algorithm of the upload.
      checksum text,
      modified_at timestamptz NOT NULL,
      PRIMARY KEY (upload, number)
    )`.execute(db);
  // Files that no row names any more, from the commit that dropped them until they are removed.
  await sql`CREATE TABLE store_garbage (blob text PRIMARY KEY)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TABLE store_garbage, store_part, store_upload, store_object, store_bucket, store_key`.execute(db);
}
