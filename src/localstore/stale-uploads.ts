// Multipart uploads that nobody goes on with: aborted once nothing has come for days, as a lifecycle rule would have it on S3.
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Log } from '../domain/ports.ts';
import type { Lane } from './lane.ts';
import type { StoreTables } from './tables.ts';

export interface StaleUploads {
  /** One look at all uploads. */
  collect(): Promise<void>;
  /** Ends the timer, and waits for a look that is under way. */
  close(): Promise<void>;
}

/** Milliseconds between looks. */
const LOOK_EVERY = 60 * 60 * 1000;
/** Uploads that are looked for at a time. */
const PAGE = 100;

interface Stale {
  id: string;
  bucket: string;
  key: string;
  parts: number;
  bytes: number;
}

/** Ends an upload within a transaction of the lane. @returns its blobs, to be dropped; undefined where there is no such upload */
export async function endUpload(tx: Transaction<StoreTables>, id: string): Promise<string[] | undefined> {
  const parts = await sql<{ blob: string }>`
    INSERT INTO store_garbage SELECT blob FROM store_part WHERE upload = ${id} AND blob IS NOT NULL
    RETURNING blob`.execute(tx);
  const gone = await sql`DELETE FROM store_upload WHERE id = ${id} RETURNING id`.execute(tx);
  return gone.rows.length === 0 ? undefined : parts.rows.map((row) => row.blob);
}

/** Looks at once, and then every hour. @param age milliseconds after the beginning, or the last part, until an upload is aborted */
export function watchUploads(db: Kysely<StoreTables>, lane: Lane, log: Log, age: number): StaleUploads {
  /** Uploads begun before that, and without a part since. The id narrows it to one of them. */
  async function find(tx: Kysely<StoreTables>, before: Date, id?: string): Promise<Stale[]> {
    const one = id === undefined ? sql`` : sql`AND u.id = ${id}`;
    const { rows } = await sql<Stale>`
      SELECT u.id, u.bucket, u.key, count(p.number)::int AS parts, coalesce(sum(p.size), 0)::bigint AS bytes
      FROM store_upload u LEFT JOIN store_part p ON p.upload = u.id
      WHERE u.created_at < ${before} ${one}
      GROUP BY u.id
      HAVING coalesce(max(p.modified_at) < ${before}, true)
      ORDER BY u.id LIMIT ${PAGE}`.execute(tx);
    return rows;
  }

  async function abort({ id }: Stale, before: Date): Promise<void> {
    const ended = await lane.alone(async (tx) => {
      // Looked at again between all other writes: a part may have come meanwhile.
      const [still] = await find(tx, before, id);
      const dropped = still && (await endUpload(tx, id));
      return { result: dropped && still, dropped: dropped ?? [] };
    });
    if (!ended) return;
    const { bucket, key, parts, bytes } = ended;
    log.info({ bucket, key, upload: id, parts, bytes }, 'an incomplete multipart upload was aborted: nothing had come for days');
  }

  async function look(): Promise<void> {
    const before = new Date(Date.now() - age);
    for (;;) {
      const stale = await find(db, before);
      for (const upload of stale) await abort(upload, before);
      if (closed || stale.length < PAGE) return;
    }
  }

  let closed = false;
  let looking = Promise.resolve();
  const uploads: StaleUploads = {
    collect() {
      looking = looking.then(look).catch((error) => {
        if (!closed) log.warn({ err: error }, 'incomplete uploads cannot be looked for');
      });
      return looking;
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await looking;
    },
  };
  const timer = setInterval(() => void uploads.collect(), LOOK_EVERY);
  timer.unref();
  void uploads.collect();
  return uploads;
}
