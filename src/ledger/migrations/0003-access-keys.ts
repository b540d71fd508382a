// Access keys of the built-in S3 endpoint get names, and rights per bucket.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE store_key RENAME TO store_access_key`.execute(db);
  await sql`ALTER INDEX store_key_pkey RENAME TO store_access_key_pkey`.execute(db);
  await sql`
    ALTER TABLE store_access_key
      ADD COLUMN name text NOT NULL DEFAULT 'Pixmill itself',
      -- {"read": […], "write": […]}: names of buckets, of which * is every one. Null may do everything.
      ADD COLUMN rights jsonb,
      ADD COLUMN last_used_at timestamptz`.execute(db);
  // Only what was there before needed it.
  await sql`ALTER TABLE store_access_key ALTER COLUMN name DROP DEFAULT`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  // A Pixmill that knows no rights would let them do everything.
  await sql`DELETE FROM store_access_key WHERE rights IS NOT NULL`.execute(db);
  await sql`ALTER TABLE store_access_key DROP COLUMN name, DROP COLUMN rights, DROP COLUMN last_used_at`.execute(db);
  await sql`ALTER INDEX store_access_key_pkey RENAME TO store_key_pkey`.execute(db);
  await sql`ALTER TABLE store_access_key RENAME TO store_key`.execute(db);
}
