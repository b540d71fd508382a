// Tokens of senders of events, which open nothing else.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    ALTER TABLE token DROP CONSTRAINT token_kind_check,
      ADD CONSTRAINT token_kind_check CHECK (kind IN ('link', 'session', 'api', 'hook'))`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DELETE FROM token WHERE kind = 'hook'`.execute(db);
  await sql`
    ALTER TABLE token DROP CONSTRAINT token_kind_check,
      ADD CONSTRAINT token_kind_check CHECK (kind IN ('link', 'session', 'api'))`.execute(db);
}
