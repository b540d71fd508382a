// Writes the outcomes of reconciles: those that arrive while one transaction is under way share the next.
import { type Kysely, sql, type Transaction } from 'kysely';
import { changesOf, type RenditionChange } from '../domain/change.ts';
import type { ObjectJob, Outcome } from '../domain/outcome.ts';
import type { Ledger } from './schema.ts';

/** Outcomes per transaction at most. */
const BATCH = 64;

/** An outcome on its way to the ledger, with the job it settles. */
export interface Entry<Job extends ObjectJob> {
  job: Job;
  outcome: Outcome;
}

/**
 * Settles the jobs of the entries within the transaction.
 * @returns those whose job was still ours; the others must not be written
 */
export type Settle<Job extends ObjectJob> = (tx: Transaction<Ledger>, entries: Entry<Job>[]) => Promise<Entry<Job>[]>;

/** Sees to it within the transaction that others are told, in the order given. */
export type Announce = (tx: Transaction<Ledger>, changes: RenditionChange[]) => Promise<void>;

interface Waiting<Job extends ObjectJob> extends Entry<Job> {
  resolve(written: boolean): void;
  reject(error: unknown): void;
}

/**
 * @param announce where somebody wants to be told
 * @returns a function that writes one outcome and tells whether it counted
 */
export function openRecorder<Job extends ObjectJob>(
  db: Kysely<Ledger>,
  settle: Settle<Job>,
  announce?: Announce,
): (job: Job, outcome: Outcome) => Promise<boolean> {
  const waiting: Waiting<Job>[] = [];
  let writing = false;

  async function drain(): Promise<void> {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      try {
        resolveAll(batch, await write(batch));
      } catch (error) {
        if (batch.length === 1) batch[0]?.reject(error);
        else await writeSingly(batch);
      }
    }
    writing = false;
  }

  /** One bad entry must not take the others with it. */
  async function writeSingly(batch: Waiting<Job>[]): Promise<void> {
    for (const entry of batch) {
      try {
        resolveAll([entry], await write([entry]));
      } catch (error) {
        entry.reject(error);
      }
    }
  }

  function write(batch: Waiting<Job>[]): Promise<Set<Entry<Job>>> {
    return db.transaction().execute(async (tx) => {
      const ours = await settle(tx, batch);
      if (ours.length > 0) await writeEntries(tx, ours, announce);
      return new Set(ours);
    });
  }

  return (job, outcome) =>
    new Promise((resolve, reject) => {
      waiting.push({ job, outcome, resolve, reject });
      void drain();
    });
}

function resolveAll<Job extends ObjectJob>(batch: Waiting<Job>[], written: Set<Entry<Job>>): void {
  for (const entry of batch) entry.resolve(written.has(entry));
}

async function writeEntries(tx: Transaction<Ledger>, entries: Entry<ObjectJob>[], announce: Announce | undefined): Promise<void> {
  await writeOriginals(tx, entries);
  const removed = await writeRemoved(tx, entries);
  await writeMade(tx, entries);
  await endFailures(tx, entries);
  await writeFailures(tx, entries);
  const changes = announce ? [...removed, ...entries.flatMap(({ job, outcome }) => changesOf(job, outcome))] : [];
  if (changes.length > 0) await announce?.(tx, changes);
}

/** Originals, actions and what answers their events, and the word of it to whoever listens, in one statement: every outcome needs them. */
async function writeOriginals(tx: Transaction<Ledger>, entries: Entry<ObjectJob>[]): Promise<void> {
  const originals = entries.flatMap(({ job, outcome: { original } }) =>
    original ? [{ bucket: job.bucket, key: job.key, ...original, modifiedAt: original.modifiedAt ?? job.at }] : [],
  );
  const actions = entries.flatMap(({ job: { bucket, key, attempt, run }, outcome }) =>
    outcome.actions.map(({ kind, detail, ms }) => ({ bucket, key, kind, detail, attempt, ms: Math.round(ms), run })),
  );
  const answers = entries.flatMap(answerOf);
  await sql`
    WITH answered AS (
      UPDATE event SET result = given.result, detail = given.detail, done_at = clock_timestamp()
      FROM jsonb_to_recordset(${JSON.stringify(answers)}::jsonb) AS given (
        bucket text, key text, heard bigint, result text, detail text)
      WHERE event.bucket = given.bucket AND event.key = given.key AND event.result IS NULL AND event.id <= given.heard
    ), acted AS (
      INSERT INTO action (bucket, key, kind, detail, attempt, ms, run)
      SELECT bucket, key, kind, detail, attempt, ms, run
      FROM jsonb_to_recordset(${JSON.stringify(actions)}::jsonb) AS given (
        bucket text, key text, kind text, detail text, attempt int, ms int, run bigint)
    ), written AS (
      INSERT INTO original (bucket, key, etag, size, content_type, format, width, height, sha256, state, modified_at)
      SELECT bucket, key, etag, size, "contentType", format, width, height, sha256, state, "modifiedAt"
      FROM jsonb_to_recordset(${JSON.stringify(originals)}::jsonb) AS given (
        bucket text, key text, etag text, size bigint, "contentType" text, format text, width int, height int, sha256 text,
        state text, "modifiedAt" timestamptz)
      -- In the order in which events of several objects lock them, lest two wait for each other.
      ORDER BY bucket COLLATE "C", key COLLATE "C"
      ON CONFLICT (bucket, key) DO UPDATE SET
        etag = excluded.etag, size = excluded.size, content_type = excluded.content_type, format = excluded.format,
        width = excluded.width, height = excluded.height, sha256 = excluded.sha256, state = excluded.state,
        modified_at = excluded.modified_at, updated_at = now()
      RETURNING id
    )
    SELECT pg_notify('pixmill_feed', jsonb_build_object(
      'events', ${answers.length > 0}::boolean, 'originals', coalesce(jsonb_agg(id), '[]'))::text)
    FROM written HAVING count(*) > 0 OR ${answers.length > 0}::boolean`.execute(tx);
}

/** What an outcome says to the events that led to it; nothing while the job goes on. */
function answerOf({ job: { bucket, key }, outcome: { heard, job, failures, actions } }: Entry<ObjectJob>) {
  if (heard === undefined || job !== 'done') return [];
  const result = failures.length > 0 ? 'failed' : (actions.at(-1)?.kind ?? 'unchanged');
  return [
    {
      bucket,
      key,
      heard,
      result,
      detail: actions
        .map(({ detail }) => detail)
        .join('; ')
        .slice(0, 1000)
        // Half a character is no JSON to PostgreSQL.
        .toWellFormed(),
    },
  ];
}

async function writeRemoved(tx: Transaction<Ledger>, entries: Entry<ObjectJob>[]): Promise<RenditionChange[]> {
  const ids = entries.flatMap(({ outcome }) => outcome.removed);
  if (ids.length === 0) return [];
  const { rows } = await sql<RenditionChange>`
    DELETE FROM rendition r USING original o
    WHERE r.id = ANY (${ids}) AND o.id = r.original_id
    RETURNING 'removed' AS kind, r.pipeline, r.name AS rendition,
      jsonb_build_object('bucket', o.bucket, 'key', o.key, 'etag', r.source_etag, 'sha256', r.source_sha256) AS original,
      jsonb_build_object('bucket', r.bucket, 'key', r.key, 'etag', r.etag, 'sha256', r.sha256, 'size', r.size,
        'format', r.format, 'width', r.width, 'height', r.height) AS output`.execute(tx);
  return rows;
}

async function writeMade(tx: Transaction<Ledger>, entries: Entry<ObjectJob>[]): Promise<void> {
  const rows = entries.flatMap(({ job, outcome }) =>
    outcome.made.map((made) => ({ originalBucket: job.bucket, originalKey: job.key, ...made })),
  );
  if (rows.length === 0) return;
  await sql`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given (
        "originalBucket" text, "originalKey" text, pipeline text, name text, bucket text, key text, "sourceEtag" text,
        "sourceSha256" text, fingerprint text, engine text, etag text, sha256 text, size bigint, format text, width int,
        height int, "decodeMs" int, "renderMs" int, "totalMs" int)
    ), written AS (
      INSERT INTO rendition (original_id, pipeline, name, bucket, key, source_etag, source_sha256, fingerprint, engine, etag,
        sha256, size, format, width, height, decode_ms, render_ms, total_ms, made_at)
      SELECT o.id, pipeline, name, given.bucket, given.key, "sourceEtag", "sourceSha256", fingerprint, engine, given.etag,
        given.sha256, given.size, given.format, given.width, given.height, "decodeMs", "renderMs", "totalMs", now()
      FROM given JOIN original o ON o.bucket = "originalBucket" AND o.key = "originalKey"
      ON CONFLICT (original_id, pipeline, name) DO UPDATE SET
        bucket = excluded.bucket, key = excluded.key, source_etag = excluded.source_etag,
        source_sha256 = excluded.source_sha256, fingerprint = excluded.fingerprint, engine = excluded.engine,
        etag = excluded.etag, sha256 = excluded.sha256, size = excluded.size, format = excluded.format,
        width = excluded.width, height = excluded.height, decode_ms = excluded.decode_ms,
        render_ms = excluded.render_ms, total_ms = excluded.total_ms, made_at = excluded.made_at
      RETURNING original_id, pipeline, name
    )
    -- What was made has not failed.
    DELETE FROM failure USING written
    WHERE failure.original_id = written.original_id AND failure.pipeline = written.pipeline AND failure.rendition = written.name`.execute(
    tx,
  );
}

/** What is gone, delivered or complete has no failures any more. */
async function endFailures(tx: Transaction<Ledger>, entries: Entry<ObjectJob>[]): Promise<void> {
  const ended = entries.filter(
    ({ outcome }) => outcome.failedBefore && ['gone', 'delivered', 'done'].includes(outcome.original?.state ?? ''),
  );
  if (ended.length === 0) return;
  const names = ended.map(({ job: { bucket, key } }) => ({ bucket, key }));
  await sql`
    DELETE FROM failure
    USING original o, jsonb_to_recordset(${JSON.stringify(names)}::jsonb) AS given (bucket text, key text)
    WHERE failure.original_id = o.id AND o.bucket = given.bucket AND o.key = given.key`.execute(tx);
}

async function writeFailures(tx: Transaction<Ledger>, entries: Entry<ObjectJob>[]): Promise<void> {
  const rows = entries.flatMap(({ job, outcome }) =>
    outcome.failures.map((failure) => ({ bucket: job.bucket, key: job.key, ...failure })),
  );
  if (rows.length === 0) return;
  await sql`
    INSERT INTO failure (original_id, pipeline, rendition, class, reason, mend, attempts, source_etag, fingerprint, engine)
    SELECT o.id, pipeline, rendition, class, reason, mend, attempts, "sourceEtag", fingerprint, engine
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given (
      bucket text, key text, pipeline text, rendition text, class text, reason text, mend text, attempts int,
      "sourceEtag" text, fingerprint text, engine text)
    JOIN original o ON o.bucket = given.bucket AND o.key = given.key
    ON CONFLICT (original_id, pipeline, rendition) DO UPDATE SET
      class = excluded.class, reason = excluded.reason, mend = excluded.mend, attempts = excluded.attempts,
      source_etag = excluded.source_etag, fingerprint = excluded.fingerprint, engine = excluded.engine, failed_at = now()`.execute(
    tx,
  );
}
