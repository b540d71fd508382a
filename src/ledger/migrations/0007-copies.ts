// Copies, which have no size in pixels; and runs that tell what they found apart from what they queued.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE rendition ALTER COLUMN width DROP NOT NULL, ALTER COLUMN height DROP NOT NULL`.execute(db);
  // What `down` wrote of copies; no picture has a side of 0.
  await sql`UPDATE rendition SET width = NULL, height = NULL WHERE width = 0`.execute(db);
  await sql`ALTER TABLE run ADD COLUMN changed bigint NOT NULL DEFAULT 0`.execute(db);
  await sql`UPDATE run SET changed = queued`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`UPDATE rendition SET width = 0, height = 0 WHERE width IS NULL`.execute(db);
  await sql`ALTER TABLE rendition ALTER COLUMN width SET NOT NULL, ALTER COLUMN height SET NOT NULL`.execute(db);
  await sql`ALTER TABLE run DROP COLUMN changed`.execute(db);
}
