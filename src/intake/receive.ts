// The one door: hints are written down and their work is enqueued in one transaction, and only then acknowledged.
import { type Kysely, sql, type Transaction } from 'kysely';
import { type ObjectHint, objectName } from '../domain/object-hint.ts';
import { matches, type Pipeline } from '../domain/pipeline.ts';

// biome-ignore lint/suspicious/noExplicitAny: a hint joins the transaction of whoever stored the object
type AnyTransaction = Transaction<any>;
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

/**
 * Makes the door. Hints of objects that no pipeline has in its source are dropped without a trace: outputs, mostly.
 * What a hint says beside the name is only history; reconcile looks for itself.
 */
export function openIntake(pipelines: Pipeline[], enqueue: Enqueue): Receive {
  return async (tx, hints) => {
    const ours = hints.filter(({ bucket, key }) => pipelines.some((pipeline) => matches(pipeline, bucket, key)));
    if (ours.length === 0) return 0;
    await record(tx, ours);
    const latest = new Map(ours.map(({ bucket, key, at }) => [objectName(bucket, key), { bucket, key, at: at.toISOString() }]));
    await enqueue(tx, [...latest.values()]);
    return ours.length;
  };
}

/** As above, in a transaction of its own. */
export async function receiveAlone(db: AnyDatabase, receive: Receive, hints: ObjectHint[]): Promise<number> {
  return db.transaction().execute((tx) => receive(tx, hints));
}

/** Events for history, and each original shown as pending from now on, in one statement. */
async function record(tx: AnyTransaction, hints: ObjectHint[]): Promise<void> {
  const rows = hints.map(({ at, ...hint }, order) => ({ ...hint, at: at.toISOString(), order }));
  await sql`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given (
        bucket text, key text, kind text, sender text, etag text, size bigint, at timestamptz, "order" int)
    ), heard AS (
      INSERT INTO event (bucket, key, kind, sender, etag, size, received_at)
      SELECT bucket, key, kind, sender, etag, size, at FROM given ORDER BY "order"
    ), latest AS (
      -- A delete of what we never saw needs no row; reconcile finds that it is gone.
      SELECT DISTINCT ON (bucket, key) * FROM given WHERE kind = 'put' ORDER BY bucket, key, "order" DESC
    ), pending AS (
      INSERT INTO original (bucket, key, etag, size, state, modified_at)
      SELECT bucket, key, etag, size, 'pending', at FROM latest
      ON CONFLICT (bucket, key) DO UPDATE SET state = 'pending', updated_at = now()
      RETURNING id
    )
    SELECT pg_notify('pixmill_feed', jsonb_build_object('originals', jsonb_agg(id))::text) FROM pending HAVING count(*) > 0`.execute(
    tx,
  );
}
