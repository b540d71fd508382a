// Deliveries: one job per event and receiver, enqueued by the transaction that records what the event tells.
import type { Pool } from 'pg';
import { fromKysely, PgBoss } from 'pg-boss';
import type { DeliveryList, ListedDelivery } from '../domain/delivery.ts';
import { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/ports.ts';
import type { AnyTransaction, Claimed } from './queue.ts';

export const DELIVERIES = 'out-hook';
/** Those that were given up lie here until somebody redrives them. */
export const DEAD_DELIVERIES = 'out-hook-dead';

/** Fourteen tries over about a day: after 10 to 20 seconds, then twice as long each time, at most six hours. */
const RETRIES = 13;
const RETRY_DELAY = 10;
const RETRY_DELAY_MAX = 6 * 3600;
/** How long one waits to be delivered, and then to be redriven, before it is forgotten: a fortnight, in seconds. */
const RETENTION = 14 * 24 * 3600;
/** Requests at once to one receiver, by however many processes: a slow one must not hold the others up. */
const PER_RECEIVER = 8;
/** Deliveries that one statement redrives. */
const BATCH = 1000;

export interface DeliveryJob {
  url: string;
  /** As it is sent. */
  event: { id: string; type: string; subject: string };
}

export interface Deliveries extends DeliveryList {
  enqueue(tx: AnyTransaction, jobs: DeliveryJob[]): Promise<void>;
  /** Takes up to `max` that are due, of receivers that are not asked too much of already. */
  claim(max: number): Promise<Claimed<DeliveryJob>[]>;
  complete(job: Claimed<unknown>): Promise<void>;
  /**
   * Has it tried again after a growing pause of at least so many seconds, or gives it up where it was tried often enough.
   * @returns whether it will be tried again
   */
  putOff(job: Claimed<unknown>, reason: string, seconds: number): Promise<boolean>;
  /** Tries it no more. */
  giveUp(job: Claimed<unknown>, reason: string): Promise<void>;
  /** True where none is due and none is under way. */
  isIdle(): Promise<boolean>;
}

export async function ensureDeliveryQueues(
  ensureQueue: (name: string, options: Parameters<PgBoss['createQueue']>[1]) => Promise<void>,
): Promise<void> {
  const common = { policy: 'standard', retentionSeconds: RETENTION, deleteAfterSeconds: 600 } as const;
  await ensureQueue(DEAD_DELIVERIES, common);
  await ensureQueue(DELIVERIES, {
    ...common,
    // A try takes ten seconds at most, and then settles its job: no sign of life is needed in between.
    expireInSeconds: 60,
    ...{ retryLimit: RETRIES, retryDelay: RETRY_DELAY, retryBackoff: true, retryDelayMax: RETRY_DELAY_MAX },
    deadLetter: DEAD_DELIVERIES,
  });
}

/**
 * For a process that has no queue of its own, and only adds to the deliveries that others make: nothing is created,
 * claimed or looked after.
 * @throws Fault `unavailable` where there is no queue to add to
 */
export async function openAnnouncing(pool: Pool, log: Log): Promise<Pick<Deliveries, 'enqueue'> & { stop(): Promise<void> }> {
  const db = { executeSql: (text: string, values?: unknown[]) => pool.query(text, values) };
  const boss = new PgBoss({ db, migrate: false, supervise: false, schedule: false });
  boss.on('error', (error) => log.error({ err: error }, 'queue fault'));
  try {
    await boss.start();
  } catch (error) {
    throw new Fault('unavailable', 'nothing can be announced: the database has no queue of this release', {
      cause: error,
      mend: 'start a server or a worker of this release once; one of them has to deliver what is announced anyway',
    });
  }
  return { enqueue: (tx, jobs) => enqueue(boss, tx, jobs), stop: () => boss.stop({ graceful: false, close: false }) };
}

async function enqueue(boss: PgBoss, tx: AnyTransaction, jobs: DeliveryJob[]): Promise<void> {
  const rows = jobs.map((data) => ({ data, group: { id: data.url } }));
  await boss.insert(DELIVERIES, rows, { db: fromKysely(tx) });
}

/** @param claim as the queue claims: at most `max` of a queue, and of one group at most `perGroup` under way at once */
export function openDeliveries(
  boss: PgBoss,
  pool: Pool,
  claim: (max: number, perGroup: number) => Promise<Claimed<DeliveryJob>[]>,
): Deliveries {
  const attempt = ({ id, retryCount }: Claimed<unknown>) => [{ id, retryCount }];
  return {
    enqueue: (tx, jobs) => enqueue(boss, tx, jobs),
    claim: (max) => claim(max, PER_RECEIVER),
    async complete(job) {
      await boss.complete(DELIVERIES, attempt(job));
    },
    async putOff(job, reason, seconds) {
      await boss.fail(DELIVERIES, attempt(job), { reason });
      // Its own pause is ten seconds at least: nobody claims it before this.
      if (seconds > 0) {
        await pool.query(
          `UPDATE pgboss.job SET start_after = GREATEST(start_after, now() + $2 * interval '1s')
           WHERE name = $3 AND id = $1 AND state = 'retry'`,
          [job.id, seconds, DELIVERIES],
        );
      }
      return job.retryCount < RETRIES;
    },
    async giveUp(job, reason) {
      await pool.query(
        `UPDATE pgboss.job SET retry_limit = retry_count WHERE name = $3 AND id = $1 AND retry_count = $2 AND state = 'active'`,
        [job.id, job.retryCount, DELIVERIES],
      );
      await boss.fail(DELIVERIES, attempt(job), { reason });
    },
    async list({ state, url }, limit, after) {
      const names = state === undefined ? [DELIVERIES, DEAD_DELIVERIES] : [state === 'waiting' ? DELIVERIES : DEAD_DELIVERIES];
      const { rows } = await pool.query<ListedDelivery & { micros: number }>(
        `SELECT id, CASE WHEN name = $1 THEN 'waiting' ELSE 'failed' END AS state, data ->> 'url' AS url,
           data -> 'event' ->> 'id' AS "eventId", data -> 'event' ->> 'type' AS type, data -> 'event' ->> 'subject' AS subject,
           CASE WHEN name <> $1 THEN source_retry_count + 1 WHEN state = 'created' THEN 0
             WHEN state = 'active' THEN retry_count ELSE retry_count + 1 END AS tries,
           COALESCE(source_output, output) ->> 'reason' AS reason, created_on AS at,
           CASE WHEN name = $1 AND state <> 'active' THEN start_after END AS "nextTryAt", micros
         FROM pgboss.job, LATERAL (SELECT (extract(epoch FROM created_on) * 1000000)::bigint AS micros) AS placed
         WHERE name = ANY ($2) AND state <= 'active' AND ($3::text IS NULL OR group_id = $3)
           AND ($4::bigint IS NULL OR (micros, id) < ($4::bigint, $5::uuid))
         ORDER BY micros DESC, id DESC LIMIT $6`,
        [DELIVERIES, names, url ?? null, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      const page = rows.slice(0, limit).map(({ micros, ...row }) => ({ ...row, position: { at: micros, id: row.id } }));
      return { rows: page, next: rows.length > limit ? page.at(-1)?.position : undefined };
    },
    async redrive({ ids, url }) {
      // Only what is given up by now: what is given up again meanwhile is not taken a second time.
      const { rows } = await pool.query<{ now: Date }>(`SELECT clock_timestamp() + interval '1 ms' AS now`);
      const filter = {
        createdBefore: rows[0]?.now as Date,
        limit: BATCH,
        ...(ids && { ids }),
        ...(url !== undefined && { data: { url } }),
      };
      let redriven = 0;
      for (;;) {
        const moved = await boss.redrive(DEAD_DELIVERIES, filter);
        redriven += moved;
        if (moved < BATCH) return redriven;
      }
    },
    async isIdle() {
      const { rows } = await pool.query<{ idle: boolean }>(
        `SELECT NOT EXISTS (SELECT FROM pgboss.job WHERE name = $1 AND state <= 'active' AND start_after <= now()) AS idle`,
        [DELIVERIES],
      );
      return rows[0]?.idle ?? false;
    },
  };
}
