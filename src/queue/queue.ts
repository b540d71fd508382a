// The queue: pg-boss, with one job per object, enqueued and completed inside the caller's transactions.
import { sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import { type Db, fromKysely, PgBoss } from 'pg-boss';
import { ADVISORY_LOCK } from '../domain/advisory-lock.ts';
import { objectName } from '../domain/object-hint.ts';
import type { Log } from '../domain/ports.ts';
import { DELIVERIES, type Deliveries, type DeliveryJob, ensureDeliveryQueues, openDeliveries } from './deliveries.ts';

/** One job per object: look at it and make the difference. */
const OBJECTS = 'reconcile';
/** Jobs whose worker died once too often end here. */
const DEAD = 'reconcile-dead';
/** One job per run over a whole source. */
const RUNS = 'run';
const DEAD_RUNS = 'run-dead';

const ALL = [OBJECTS, DEAD, RUNS, DEAD_RUNS];

/** A worker proves every few seconds that it lives; after this silence its jobs are given to others. */
export const HEARTBEAT_SECONDS = 30;
/** Deaths of workers and transient faults that one job survives. */
export const MAX_ATTEMPTS = 10;

/** Pauses between the tries of a job, in seconds: the first, doubled from try to try up to the longest. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 300;

/** The pause behind the n-th try, from 1: chance decides within these bounds, so that not everything comes back at once. */
export function pauseBehind(attempt: number): { least: number; most: number } {
  const most = FIRST_PAUSE * 2 ** attempt;
  return { least: Math.min(most / 2, LONGEST_PAUSE), most: Math.min(most, LONGEST_PAUSE) };
}

export interface ObjectJob {
  bucket: string;
  key: string;
  /** When the hint came, ISO 8601. */
  at: string;
  /** The run that asked, where one did. */
  run?: number | undefined;
}

/** "The run of this pipeline that is under way is to be carried out." */
export interface RunJob {
  run: number;
  pipeline: string;
  /** How often that was tried since it last got on. */
  tries?: number;
}

/** A job in our hands. `retryCount` fences its completion: a claim that was given to another no longer counts. */
export interface Claimed<Data> {
  id: string;
  retryCount: number;
  data: Data;
}

// biome-ignore lint/suspicious/noExplicitAny: jobs join the transactions of every schema
export type AnyTransaction = Transaction<any>;

export interface Queue {
  /**
   * Adds a job for each object that has none waiting: a waiting one will see the present state anyway.
   * @returns how many were added
   */
  enqueue(tx: AnyTransaction, jobs: ObjectJob[], options?: { background?: boolean }): Promise<number>;
  /** Takes up to `max` jobs of objects that nobody else is working on. */
  claim(max: number): Promise<Claimed<ObjectJob>[]>;
  /** Completes jobs within the transaction that records their outcome. @returns the ids that were still ours */
  complete(tx: AnyTransaction, jobs: Claimed<unknown>[]): Promise<Set<string>>;
  /** Makes sure within a transaction that jobs are still ours. @returns the ids of those that are */
  hold(tx: AnyTransaction, jobs: Claimed<unknown>[]): Promise<Set<string>>;
  /** Gives a job back, to be tried again after a growing pause. @returns false where it was no longer ours */
  retry(tx: AnyTransaction, job: Claimed<unknown>, reason: string): Promise<boolean>;
  /** Tells that the worker of these jobs is alive. */
  touch(jobs: Claimed<unknown>[]): Promise<void>;
  /** Jobs that were given up because their workers died, to be recorded as failures. */
  claimDead(max: number): Promise<Claimed<ObjectJob>[]>;
  completeDead(tx: AnyTransaction, jobs: Claimed<unknown>[]): Promise<void>;
  /** @param seconds it is not claimed before they have passed */
  enqueueRun(tx: AnyTransaction, run: RunJob, seconds?: number): Promise<void>;
  /** Takes the job of a run of a pipeline whose runs nobody else is working on. */
  claimRun(): Promise<Claimed<RunJob | ScheduledRun> | undefined>;
  /** @returns false where it was no longer ours */
  completeRun(tx: AnyTransaction, job: Claimed<unknown>): Promise<boolean>;
  /** Makes sure within a transaction that the job of a run is still ours. */
  holdRun(tx: AnyTransaction, job: Claimed<unknown>): Promise<boolean>;
  touchRun(job: Claimed<unknown>): Promise<void>;
  /** A run that was given up because its workers died. */
  claimDeadRun(): Promise<Claimed<RunJob> | undefined>;
  completeDeadRun(tx: AnyTransaction, job: Claimed<unknown>): Promise<void>;
  /** Sets the sweeps to exactly these, by pipeline. */
  schedule(sweeps: Map<string, string>): Promise<void>;
  /** What others are to be told. */
  deliveries: Deliveries;
  /** Jobs waiting and under way. */
  depth(): Promise<{ waiting: number; active: number }>;
  /** True where nothing waits and nothing is under way, here or elsewhere, runs and dead letters included. */
  isIdle(): Promise<boolean>;
  /** Gives jobs back that were claimed and never begun. */
  giveBack(jobs: Claimed<unknown>[]): Promise<void>;
  /** Takes back every job under way. Only for a process that knows itself to be the only one. */
  reclaim(): Promise<number>;
  stop(): Promise<void>;
}

/** What a schedule sends: the run itself is created when it is due. */
export interface ScheduledRun {
  pipeline: string;
}

/**
 * Opens the queue, creating its tables (schema `pgboss`) where they are missing.
 * @param alone true where no other process claims from it: then a claim needs no lock
 */
export async function openQueue(pool: Pool, alone: boolean, log: Log): Promise<Queue> {
  const boss = new PgBoss({
    db: onPool(pool),
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
    maintenanceIntervalSeconds: 300,
    reindex: true,
  });
  boss.on('error', (error) => log.error({ err: error }, 'queue fault'));
  await boss.start();
  await ensureQueues(boss);

  type Claim = { max: number; perGroup?: number; lock?: number };
  const fetch = async <Data extends object>(name: string, { max, perGroup = 1 }: Claim, db: Db): Promise<Claimed<Data>[]> => {
    const jobs = await boss.fetch<Data>(name, { batchSize: max, groupConcurrency: perGroup, db });
    return jobs.map(({ id, retryCount, data }) => ({ id, retryCount, data }));
  };
  // Claims are serialised: pg-boss looks for an active job of the same object and then claims, and two claims at once
  // could both find none. Within a process the worker claims one batch after the other.
  const claimFrom = async <Data extends object>(name: string, claim: Claim): Promise<Claimed<Data>[]> => {
    if (alone) return fetch<Data>(name, claim, onPool(pool));
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [claim.lock ?? ADVISORY_LOCK.claim]);
      const jobs = await fetch<Data>(name, claim, { executeSql: (text, values) => client.query(text, values) });
      await client.query('COMMIT');
      return jobs;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  };

  return {
    async enqueue(tx, jobs, { background = false } = {}) {
      if (jobs.length === 0) return 0;
      const priority = background ? 0 : 1;
      let rows = jobs.map((data) => {
        const name = objectName(data.bucket, data.key);
        return { data, singletonKey: name, group: { id: name }, priority };
      });
      // Whoever names several objects waits for others that do in one order, and never in a circle.
      rows.sort((one, other) => (one.singletonKey < other.singletonKey ? -1 : 1));
      let added = 0;
      while (rows.length > 0) {
        const ids = await boss.insert(OBJECTS, rows, { db: fromKysely(tx), returnId: true });
        added += ids?.length ?? 0;
        if (ids?.length === rows.length) break;
        const waiting = await holdWaiting(tx, rows, priority);
        // Claimed while we looked: what its worker sees may be older than what we tell of.
        rows = rows.filter(({ singletonKey }) => !waiting.has(singletonKey));
      }
      return added;
    },
    claim: (max) => claimFrom<ObjectJob>(OBJECTS, { max }),
    async complete(tx, jobs) {
      if (jobs.length === 0) return new Set();
      return settledIds(await boss.complete(OBJECTS, attempts(jobs), null, { db: fromKysely(tx) }));
    },
    async hold(tx, jobs) {
      if (jobs.length === 0) return new Set();
      return settledIds(await boss.touch(OBJECTS, attempts(jobs), { db: fromKysely(tx) }));
    },
    async retry(tx, job, reason) {
      const answer = await boss.fail(OBJECTS, attempts([job]), { reason }, { db: fromKysely(tx) });
      return settledIds(answer).has(job.id);
    },
    async touch(jobs) {
      if (jobs.length > 0) await boss.touch(OBJECTS, attempts(jobs));
    },
    claimDead: (max) => claimFrom<ObjectJob>(DEAD, { max }),
    async completeDead(tx, jobs) {
      await boss.complete(DEAD, attempts(jobs), null, { db: fromKysely(tx) });
    },
    async enqueueRun(tx, run, seconds = 0) {
      // A schedule's word for this pipeline that waits is another job: one must not fold into the other.
      const job = { data: run, singletonKey: `run ${run.pipeline}`, group: { id: run.pipeline }, startAfter: String(seconds) };
      const ids = await boss.insert(RUNS, [job], { db: fromKysely(tx), returnId: true });
      // Of a run that was put off and then cancelled there may be one left, whose time is minutes away.
      if (!ids?.length) await takeOver(tx, job.singletonKey, run, seconds);
    },
    async claimRun() {
      return (await claimFrom<RunJob | ScheduledRun>(RUNS, { max: 1 }))[0];
    },
    async completeRun(tx, job) {
      return settledIds(await boss.complete(RUNS, attempts([job]), null, { db: fromKysely(tx) })).has(job.id);
    },
    async holdRun(tx, job) {
      return settledIds(await boss.touch(RUNS, attempts([job]), { db: fromKysely(tx) })).has(job.id);
    },
    async touchRun(job) {
      await boss.touch(RUNS, attempts([job]));
    },
    async claimDeadRun() {
      return (await claimFrom<RunJob>(DEAD_RUNS, { max: 1 }))[0];
    },
    async completeDeadRun(tx, job) {
      await boss.complete(DEAD_RUNS, attempts([job]), null, { db: fromKysely(tx) });
    },
    async schedule(sweeps) {
      const known = await boss.getSchedules(RUNS);
      for (const { key } of known) if (!sweeps.has(key)) await boss.unschedule(RUNS, key);
      for (const [pipeline, cron] of sweeps) {
        await boss.schedule(RUNS, cron, { pipeline }, { key: pipeline, tz: 'UTC', singletonKey: pipeline });
      }
    },
    deliveries: openDeliveries(boss, pool, (max, perGroup) =>
      claimFrom<DeliveryJob>(DELIVERIES, { max, perGroup, lock: ADVISORY_LOCK.deliver }),
    ),
    async depth() {
      const { rows } = await pool.query<{ waiting: number; active: number }>(
        `SELECT count(*) FILTER (WHERE state < 'active')::int AS waiting, count(*) FILTER (WHERE state = 'active')::int AS active
         FROM pgboss.job WHERE name = $1 AND state <= 'active'`,
        [OBJECTS],
      );
      return rows[0] ?? { waiting: 0, active: 0 };
    },
    async isIdle() {
      const { rows } = await pool.query<{ idle: boolean }>(
        `SELECT NOT EXISTS (SELECT FROM pgboss.job WHERE name = ANY ($1) AND state <= 'active') AS idle`,
        [ALL],
      );
      return rows[0]?.idle ?? false;
    },
    async giveBack(jobs) {
      await takeBack(pool, 'id = ANY ($1)', [jobs.map((job) => job.id)]);
    },
    // pg-boss would find out by the missing heartbeat, half a minute later.
    reclaim: () => takeBack(pool, 'name = ANY ($1)', [[...ALL, DELIVERIES]]),
    stop: () => boss.stop({ graceful: false, close: false }),
  };
}

async function ensureQueues(boss: PgBoss): Promise<void> {
  const common = { heartbeatSeconds: HEARTBEAT_SECONDS, deleteAfterSeconds: 600 };
  await ensureQueue(boss, DEAD, { ...common, policy: 'standard', retryLimit: 100 });
  // `short` keeps one waiting job per object beside the one under way: further hints fold into it.
  const options = {
    ...common,
    retryLimit: MAX_ATTEMPTS,
    retryDelay: FIRST_PAUSE,
    retryBackoff: true,
    retryDelayMax: LONGEST_PAUSE,
  };
  await ensureQueue(boss, OBJECTS, { ...options, policy: 'short', deadLetter: DEAD, expireInSeconds: 3600 });
  await ensureQueue(boss, DEAD_RUNS, { ...common, policy: 'standard', retryLimit: 100 });
  await ensureQueue(boss, RUNS, { ...options, policy: 'short', deadLetter: DEAD_RUNS, expireInSeconds: 23 * 3600 });
  await ensureDeliveryQueues((name, queue) => ensureQueue(boss, name, queue));
}

async function ensureQueue(boss: PgBoss, name: string, options: Parameters<PgBoss['createQueue']>[1]): Promise<void> {
  await boss.createQueue(name, options);
  const { policy: _, ...settings } = options ?? {};
  await boss.updateQueue(name, settings);
}

/**
 * Keeps waiting jobs from being claimed until the transaction ends: a worker that began before would not see what it writes,
 * and nobody would look again. A job that a run has added goes as soon as somebody waits for its object.
 * @returns the names of the objects whose jobs still wait
 */
async function holdWaiting(tx: AnyTransaction, rows: { singletonKey: string }[], priority: number): Promise<Set<string>> {
  const names = rows.map(({ singletonKey }) => singletonKey);
  // The conditions of the unique index that keeps one waiting job per object, so that it finds them.
  const held = await sql<{ name: string }>`
    UPDATE pgboss.job SET priority = greatest(priority, ${priority}::int)
    WHERE name = ${OBJECTS} AND state = 'created' AND policy = 'short' AND COALESCE(singleton_key, '') = ANY (${names})
    RETURNING singleton_key AS name`.execute(tx);
  return new Set(held.rows.map(({ name }) => name));
}

async function takeOver(tx: AnyTransaction, singletonKey: string, run: RunJob, seconds: number): Promise<void> {
  await sql`
    UPDATE pgboss.job SET data = ${JSON.stringify(run)}::jsonb, start_after = now() + ${seconds}::int * interval '1 second'
    WHERE name = ${RUNS} AND state = 'created' AND singleton_key = ${singletonKey}`.execute(tx);
}

async function takeBack(pool: Pool, which: string, values: unknown[]): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE pgboss.job SET state = 'retry', start_after = now(), heartbeat_on = NULL WHERE state = 'active' AND ${which}`,
    values,
  );
  return rowCount ?? 0;
}

/** pg-boss tells which of the jobs it found in our hands, though its types do not. */
function settledIds(answer: object): Set<string> {
  return new Set((answer as { settled?: string[] }).settled ?? []);
}

function attempts(jobs: Claimed<unknown>[]): { id: string; retryCount: number }[] {
  return jobs.map(({ id, retryCount }) => ({ id, retryCount }));
}

function onPool(pool: Pool): Db {
  return { executeSql: (text, values) => pool.query(text, values) };
}
