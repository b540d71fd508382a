// Buckets of the built-in S3 endpoint get CORS rules and tags.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE store_bucket
      -- [{"origins": […], "methods": […], "headers": […], "exposed": […], "id"?, "maxAge"?}, …] in order. Null where none are set.
      ADD COLUMN cors jsonb,
      -- [[key, value], …] as of objects. Null where none are set.
      ADD COLUMN tags jsonb`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE store_bucket DROP COLUMN cors, DROP COLUMN tags`.execute(db);
}
