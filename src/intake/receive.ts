// The one door: hints are written down and their work is enqueued in one transaction, and only then acknowledged.
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Door, type ObjectHint, objectName } from '../domain/object-hint.ts';
import { matches, type Pipeline } from '../domain/pipeline.ts';

// biome-ignore lint/suspicious/noExplicitAny: a hint joins the transaction of whoever stored the object
export type AnyTransaction = Transaction<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyDatabase = Kysely<any>;

/** Adds one job per object to the queue, within the transaction; at lower priority where nobody waits for it. */
export type Enqueue = (
  tx: AnyTransaction,
  jobs: { bucket: string; key: string; at: string; run?: number | undefined }[],
  options?: { background?: boolean },
) => Promise<number>;

/** Takes hints within a transaction. @returns how many of them concern a pipeline */
export type Receive = (tx: AnyTransaction, hints: ObjectHint[]) => Promise<number>;

/** Ids in one announcement. */
const ANNOUNCED = 300;

/** What is written down of one event: an object of a message, or a message that speaks of none. */
export interface EventRow {
  door: Door;
  kind: ObjectHint['kind'] | 'cron' | 'test' | 'rejected';
  bucket?: string | undefined;
  key?: string | undefined;
  etag?: string | undefined;
  size?: number | undefined;
  /** UUID that ties the rows of one message together. */
  message?: string;
  sender?: string;
  format?: string;
  sentId?: string | undefined;
  payload?: string | undefined;
  pipeline?: string;
  run?: number | undefined;
  /** Where nothing will be done about it, or nothing needs to be. */
  result?: string | undefined;
  detail?: string | undefined;
}

/**
 * Makes the door. Hints of objects that no pipeline has in its source are dropped without a trace: outputs, mostly.
 * What a hint says beside the name is only history; reconcile looks for itself.
 */
export function openIntake(pipelines: Pipeline[], enqueue: Enqueue): Receive {
  return async (tx, hints) => {
    const ours = hints.filter(({ bucket, key }) => pipelines.some((pipeline) => matches(pipeline, bucket, key)));
    if (ours.length === 0) return 0;
    await recordEvents(tx, ours);
    await enqueueOnce(tx, enqueue, ours);
    return ours.length;
  };
}

/** As above, in a transaction of its own. */
export async function receiveAlone(db: AnyDatabase, receive: Receive, hints: ObjectHint[]): Promise<number> {
  return db.transaction().execute((tx) => receive(tx, hints));
}

/** One job per object, however often it is named. */
export async function enqueueOnce(
  tx: AnyTransaction,
  enqueue: Enqueue,
  objects: { bucket: string; key: string; at: Date }[],
): Promise<void> {
  const latest = new Map(objects.map(({ bucket, key, at }) => [objectName(bucket, key), { bucket, key, at: at.toISOString() }]));
  if (latest.size > 0) await enqueue(tx, [...latest.values()]);
}

/** Events for history, and each original that is to be looked at shown as pending from now on, in one statement. */
export async function recordEvents(tx: AnyTransaction, events: (EventRow & { at: Date })[]): Promise<void> {
  const rows = events.map((event, order) => ({ ...event, order }));
  await sql`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given (
        door text, kind text, bucket text, key text, etag text, size bigint, message uuid, sender text, format text,
        "sentId" text, payload text, pipeline text, run bigint, result text, detail text, at timestamptz, "order" int)
    ), heard AS (
      INSERT INTO event (door, kind, bucket, key, etag, size, message, sender, format, sent_id, payload, pipeline, run, result,
        detail, done_at, received_at)
      SELECT door, kind, bucket, key, etag, size, message, sender, format, "sentId", payload, pipeline, run, result, detail,
        CASE WHEN result IS NOT NULL THEN at END, at
      FROM given ORDER BY "order"
    ), latest AS (
      -- A delete of what we never saw needs no row; reconcile finds that it is gone.
      SELECT DISTINCT ON (bucket COLLATE "C", key COLLATE "C") * FROM given WHERE kind = 'put' AND result IS NULL
      ORDER BY bucket COLLATE "C", key COLLATE "C", "order" DESC
    ), pending AS (
      INSERT INTO original (bucket, key, etag, size, state, modified_at)
      SELECT bucket, key, etag, size, 'pending', at FROM latest
      ON CONFLICT (bucket, key) DO UPDATE SET state = 'pending', updated_at = now()
      RETURNING id
    )
    SELECT pg_notify('pixmill_feed', jsonb_build_object(
      'events', true, 'originals', coalesce(jsonb_agg(id) FILTER (WHERE id IS NOT NULL), '[]'))::text)
    -- In parts, since PostgreSQL announces nothing longer than 8000 bytes; the row without an id makes one part at least.
    FROM (SELECT id, row_number() OVER () / ${ANNOUNCED} AS part FROM pending UNION ALL SELECT NULL, 0) AS news
    GROUP BY part`.execute(tx);
}
