// Objects of the built-in S3 endpoint know the upload that made them, so that completing it twice is one success.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE store_object
      -- Id of the multipart upload that was completed into this very version. Null where it came otherwise.
      ADD COLUMN upload text`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE store_object DROP COLUMN upload`.execute(db);
}
