// The view `rendition_log`: the ledger for people with psql, in one row for each rendition.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE VIEW rendition_log AS
    SELECT r.made_at,
           r.pipeline,
           r.name AS rendition,
           o.bucket AS original_bucket,
           o.key AS original_key,
           r.source_sha256 AS original_sha256,
           r.bucket AS output_bucket,
           r.key AS output_key,
           r.sha256 AS output_sha256,
           r.format,
           r.size,
           r.width,
           r.height,
           r.total_ms
    FROM rendition r JOIN original o ON o.id = r.original_id`.execute(db);
  // So that "\d+ rendition_log" explains itself.
  await sql`
    COMMENT ON VIEW rendition_log IS
      'Each rendition as it is now: what was made, when, of what, with the SHA-256 of the bytes that went in and came out'
  `.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP VIEW rendition_log`.execute(db);
}
