// The ledger: what was heard, what was made of what, what failed, and who may look.
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Keys are compared bytewise (COLLATE "C"), as S3 orders them.
  await sql`
    CREATE TABLE original (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      bucket text COLLATE "C" NOT NULL,
      key text COLLATE "C" NOT NULL,
      etag text,
      size bigint,
      content_type text,
      format text,
      width integer,
      height integer,
      sha256 text,
      state text NOT NULL CHECK (state IN ('pending', 'done', 'failed', 'delivered', 'gone')),
      modified_at timestamptz NOT NULL DEFAULT now(),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (bucket, key)
    )`.execute(db);
  await sql`CREATE INDEX original_newest ON original (modified_at DESC, id DESC)`.execute(db);

  await sql`
    CREATE TABLE rendition (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      original_id bigint NOT NULL REFERENCES original (id) ON DELETE CASCADE,
      pipeline text NOT NULL,
      name text NOT NULL,
      bucket text COLLATE "C" NOT NULL,
      key text COLLATE "C" NOT NULL,
      source_etag text NOT NULL,
      source_sha256 text NOT NULL,
      fingerprint text NOT NULL,
      engine text NOT NULL,
      etag text NOT NULL,
      sha256 text NOT NULL,
      size bigint NOT NULL,
      format text NOT NULL,
      width integer NOT NULL,
      height integer NOT NULL,
      decode_ms integer NOT NULL,
      render_ms integer NOT NULL,
      total_ms integer NOT NULL,
      made_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (original_id, pipeline, name),
      -- Two originals whose outputs would fall on one key: the second is refused, never silently overwritten.
      CONSTRAINT rendition_output UNIQUE (bucket, key)
    )`.execute(db);
  await sql`CREATE INDEX rendition_newest ON rendition (made_at DESC, id DESC)`.execute(db);

  await sql`
    CREATE TABLE failure (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      original_id bigint NOT NULL REFERENCES original (id) ON DELETE CASCADE,
      pipeline text NOT NULL,
      rendition text NOT NULL,
      class text NOT NULL,
      reason text NOT NULL,
      mend text,
      attempts integer NOT NULL,
      source_etag text,
      fingerprint text NOT NULL,
      engine text NOT NULL,
      failed_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (original_id, pipeline, rendition)
    )`.execute(db);
  await sql`CREATE INDEX failure_newest ON failure (failed_at DESC, id DESC)`.execute(db);

  await sql`
    CREATE TABLE event (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      bucket text COLLATE "C" NOT NULL,
      key text COLLATE "C" NOT NULL,
      kind text NOT NULL,
      sender text NOT NULL,
      etag text,
      size bigint,
      received_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`CREATE INDEX event_object ON event (bucket, key, id)`.execute(db);

  await sql`
    CREATE TABLE action (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      bucket text COLLATE "C" NOT NULL,
      key text COLLATE "C" NOT NULL,
      kind text NOT NULL,
      detail text NOT NULL,
      attempt integer NOT NULL,
      ms integer NOT NULL,
      at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  await sql`CREATE INDEX action_object ON action (bucket, key, id)`.execute(db);

  await sql`
    CREATE TABLE run (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      pipeline text NOT NULL,
      trigger text NOT NULL,
      state text NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled')),
      scanned bigint NOT NULL DEFAULT 0,
      queued bigint NOT NULL DEFAULT 0,
      done bigint NOT NULL DEFAULT 0,
      failed bigint NOT NULL DEFAULT 0,
      listed boolean NOT NULL DEFAULT false,
      cursor text COLLATE "C",
      error text,
      started_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      finished_at timestamptz
    )`.execute(db);
  // Two runs of one pipeline never overlap.
  await sql`CREATE UNIQUE INDEX run_alone ON run (pipeline) WHERE state = 'running'`.execute(db);

  await sql`
    CREATE TABLE token (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      kind text NOT NULL CHECK (kind IN ('link', 'session', 'api')),
      name text NOT NULL,
      hash text NOT NULL UNIQUE,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz,
      used_at timestamptz
    )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`DROP TABLE token, run, action, event, failure, rendition, original`.execute(db);
}
