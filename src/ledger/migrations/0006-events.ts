// Events of every door: what came in which message, from whom, and what was done about it.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE event RENAME COLUMN sender TO door`.execute(db);
  await sql`
    ALTER TABLE event
      -- A timer, a store's test and what was refused concern no object.
      ALTER COLUMN bucket DROP NOT NULL,
      ALTER COLUMN key DROP NOT NULL,
      -- One message may speak of several objects: its rows have this in common. Null where each stands alone.
      ADD COLUMN message uuid,
      ADD COLUMN sender text,
      ADD COLUMN format text,
      -- The sender's own name for the message: the same again on a replay.
      ADD COLUMN sent_id text,
      -- As received, on the first row of a message.
      ADD COLUMN payload text,
      ADD COLUMN pipeline text,
      ADD COLUMN run bigint,
      -- Null until something was done about it.
      ADD COLUMN result text,
      ADD COLUMN detail text,
      ADD COLUMN done_at timestamptz`.execute(db);
  // What came of the events heard so far, as the actions tell.
  await sql`
    UPDATE event SET result = done.kind, detail = done.detail, done_at = done.at
    FROM (SELECT DISTINCT ON (e.id) e.id, a.kind, a.detail, a.at
          FROM event e JOIN action a ON a.bucket = e.bucket AND a.key = e.key AND a.at >= e.received_at AND a.kind <> 'retried'
          ORDER BY e.id, a.id) done
    WHERE event.id = done.id`.execute(db);
  await sql`CREATE INDEX event_open ON event (bucket, key) WHERE result IS NULL`.execute(db);
  await sql`CREATE INDEX event_run ON event (run) WHERE run IS NOT NULL AND result IS NULL`.execute(db);
  await sql`CREATE INDEX event_message ON event (message) WHERE message IS NOT NULL`.execute(db);
  // Few among many, and what people look for.
  await sql`CREATE INDEX event_error ON event (id) WHERE result IN ('failed', 'rejected')`.execute(db);
  // The run that found the object, where one did.
  await sql`ALTER TABLE action ADD COLUMN run bigint`.execute(db);
  // How many of what kind ended how, of the events that were forgotten since, and when the first of them came.
  await sql`
    CREATE TABLE event_tally (
      door text NOT NULL,
      kind text NOT NULL,
      outcome text NOT NULL CHECK (outcome IN ('open', 'ok', 'error')),
      count bigint NOT NULL,
      since timestamptz NOT NULL,
      PRIMARY KEY (door, kind, outcome)
    )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TABLE event_tally`.execute(db);
  await sql`ALTER TABLE action DROP COLUMN run`.execute(db);
  await sql`DROP INDEX event_open, event_run, event_message, event_error`.execute(db);
  await sql`DELETE FROM event WHERE bucket IS NULL OR key IS NULL`.execute(db);
  await sql`
    ALTER TABLE event
      ALTER COLUMN bucket SET NOT NULL,
      ALTER COLUMN key SET NOT NULL,
      DROP COLUMN message, DROP COLUMN sender, DROP COLUMN format, DROP COLUMN sent_id, DROP COLUMN payload,
      DROP COLUMN pipeline, DROP COLUMN run, DROP COLUMN result, DROP COLUMN detail, DROP COLUMN done_at`.execute(db);
  await sql`ALTER TABLE event RENAME COLUMN door TO sender`.execute(db);
}
