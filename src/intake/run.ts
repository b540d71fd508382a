// One run over a whole source: created by a person, a command or a schedule; carried out by a worker; resumed after a kill.
import { sql } from 'kysely';
import { Fault } from '../domain/fault.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { Log, Store } from '../domain/ports.ts';
import type { AnyDatabase, AnyTransaction, Enqueue } from './receive.ts';
import { sweep } from './sweep.ts';

export interface RunRow {
  id: number;
  pipeline: string;
  /** True once the whole source was listed: what remains are its jobs. */
  listed: boolean;
  cursor: string | null;
}

/** Adds the job of a run to the queue, within the transaction. */
export type EnqueueRun = (tx: AnyTransaction, run: { run: number; pipeline: string }) => Promise<void>;

/**
 * Begins a run, unless one of this pipeline is under way: then that one is the answer.
 * `enqueue` adds its job within the same transaction.
 */
export async function createRun(
  db: AnyDatabase,
  pipeline: string,
  trigger: string,
  enqueue: EnqueueRun,
): Promise<{ id: number; created: boolean }> {
  const runs = await db.transaction().execute((tx) => createRunsWithin(tx, [pipeline], trigger, enqueue));
  return runs.get(pipeline) as { id: number; created: boolean };
}

/** The same for several pipelines, within the transaction of whoever asks for it. @returns the run of each, by its pipeline */
export async function createRunsWithin(
  tx: AnyTransaction,
  pipelines: string[],
  trigger: string,
  enqueue: EnqueueRun,
): Promise<Map<string, { id: number; created: boolean }>> {
  const runs = new Map<string, { id: number; created: boolean }>();
  const missing = () => pipelines.filter((pipeline) => !runs.has(pipeline)).sort();
  // A run that was under way may have ended before it could be joined.
  while (missing().length > 0) {
    // In one order, so that two who begin the same runs wait for each other and never in a circle.
    for (const pipeline of missing()) {
      const id = await insertRun(tx, pipeline, trigger, enqueue);
      if (id !== undefined) runs.set(pipeline, { id, created: true });
    }
    for (const { pipeline, id } of await joinRunning(tx, missing())) runs.set(pipeline, { id, created: false });
  }
  return runs;
}

/** @returns its id; undefined where one of this pipeline is under way */
async function insertRun(
  tx: AnyTransaction,
  pipeline: string,
  trigger: string,
  enqueue: EnqueueRun,
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO run (pipeline, trigger, state) VALUES (${pipeline}, ${trigger}, 'running')
    ON CONFLICT (pipeline) WHERE state = 'running' DO NOTHING RETURNING id`.execute(tx);
  const id = rows[0]?.id;
  if (id === undefined) return undefined;
  await enqueue(tx, { run: id, pipeline });
  await announce(tx, [id]);
  return id;
}

/**
 * The runs of these pipelines that are under way. They cannot end before the transaction does: whoever ends one then sees
 * what was written about it here. Locked in the order in which they are ended, lest two wait for each other.
 */
async function joinRunning(tx: AnyTransaction, pipelines: string[]): Promise<{ id: number; pipeline: string }[]> {
  if (pipelines.length === 0) return [];
  const { rows } = await sql<{ id: number; pipeline: string }>`
    SELECT id, pipeline FROM run WHERE pipeline = ANY (${pipelines}) AND state = 'running' ORDER BY id FOR SHARE`.execute(tx);
  return rows;
}

/** Ends a run early; jobs that it has already added are still done. */
export async function cancelRun(db: AnyDatabase, id: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { numAffectedRows } = await sql`
      UPDATE run SET state = 'cancelled', finished_at = now(), updated_at = now()
      WHERE id = ${id} AND state = 'running'`.execute(tx);
    if (!numAffectedRows) {
      throw new Fault('not_found', `there is no run ${id} under way`, { mend: 'look at the list of runs' });
    }
    await answerTimers(tx, [id]);
    await announce(tx, [id]);
  });
}

/** Ends a run that cannot be carried out, within the transaction that settles its job. */
export async function failRun(tx: AnyDatabase, pipeline: string, fault: Fault): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    UPDATE run SET state = 'failed', error = ${describe(fault)}, finished_at = now(), updated_at = now()
    WHERE pipeline = ${pipeline} AND state = 'running' RETURNING id`.execute(tx);
  const ids = rows.map(({ id }) => id);
  await answerTimers(tx, ids);
  await announce(tx, ids);
}

/** Shows why a run does not get on, until it does. */
export async function delayRun(tx: AnyDatabase, pipeline: string, fault: Fault): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    UPDATE run SET error = ${describe(fault)}, updated_at = now()
    WHERE pipeline = ${pipeline} AND state = 'running' RETURNING id`.execute(tx);
  await announce(
    tx,
    rows.map(({ id }) => id),
  );
}

/** The run of this pipeline that is under way, if one is. */
export async function readRunning(db: AnyDatabase, pipeline: string): Promise<RunRow | undefined> {
  const { rows } = await sql<RunRow>`
    SELECT id, pipeline, listed, cursor FROM run WHERE pipeline = ${pipeline} AND state = 'running'`.execute(db);
  return rows[0];
}

export interface RunServices {
  db: AnyDatabase;
  store: Store;
  engine: string;
  enqueue: Enqueue;
  /** There is new work. */
  wake(): void;
  /** Makes sure within a transaction that the run's job is still ours. */
  hold(tx: AnyTransaction): Promise<boolean>;
  /** Ends the listing after the page in hand. */
  signal: AbortSignal;
  log: Log;
}

/** How the listing ended. `stopped` and `lost`: another process goes on, or does so already. */
export type Listing = 'listed' | 'cancelled' | 'stopped' | 'lost';

/**
 * Carries out a run from where it stands.
 * @param onPage a page was recorded: the run gets on
 * @throws Fault of the store or the database; the run stays as it is
 */
export async function carryOut(
  services: RunServices,
  pipeline: Pipeline,
  run: RunRow,
  onPage: () => void = () => {},
): Promise<Listing> {
  const { db, store, engine, wake, hold, signal, log } = services;
  const started = performance.now();
  let scanned = 0;
  for await (const page of sweep(db, store, pipeline, engine, run.cursor ?? undefined)) {
    scanned += page.scanned;
    const end = await db.transaction().execute((tx) => record(tx, services, pipeline, run, page));
    if (end) {
      log.info({ run: run.id, pipeline: pipeline.name, scanned, end }, 'listing ended early');
      return end;
    }
    onPage();
    if (page.differing.length > 0) wake();
    if (signal.aborted) return 'stopped';
  }
  const ours = await db.transaction().execute(async (tx) => {
    if (!(await hold(tx))) return false;
    await sql`UPDATE run SET listed = true, updated_at = now() WHERE id = ${run.id} AND state = 'running'`.execute(tx);
    await endIfComplete(tx, [run.id]);
    return true;
  });
  if (!ours) return 'lost';
  log.info({ run: run.id, pipeline: pipeline.name, scanned, ms: Math.round(performance.now() - started) }, 'source listed');
  return 'listed';
}

/** Moves the run on by a page and adds its jobs, or says why neither may be. */
async function record(
  tx: AnyTransaction,
  { enqueue, hold }: RunServices,
  pipeline: Pipeline,
  run: RunRow,
  { scanned, differing, cursor }: { scanned: number; differing: string[]; cursor: string },
): Promise<'lost' | 'cancelled' | undefined> {
  if (!(await hold(tx))) return 'lost';
  // From here on the run cannot be cancelled until the transaction ends.
  const { numAffectedRows } = await sql`
    UPDATE run SET scanned = scanned + ${scanned}, changed = changed + ${differing.length}, cursor = ${cursor}, error = NULL,
      updated_at = now()
    WHERE id = ${run.id} AND state = 'running'`.execute(tx);
  if (!numAffectedRows) return 'cancelled';
  if (differing.length > 0) {
    const at = new Date().toISOString();
    const { bucket } = pipeline.source;
    const jobs = differing.map((key) => ({ bucket, key, at, run: run.id }));
    const queued = await enqueue(tx, jobs, { background: true });
    await sql`UPDATE run SET queued = queued + ${queued} WHERE id = ${run.id}`.execute(tx);
  }
  await announce(tx, [run.id]);
  return undefined;
}

/** Counts jobs of runs that have ended, within the transaction that records their outcome. */
export async function countEnded(tx: AnyDatabase, ended: { run: number; failed: boolean }[]): Promise<void> {
  if (ended.length === 0) return;
  const ids = [...new Set(ended.map(({ run }) => run))];
  if (ids.length > 1) await sql`SELECT FROM run WHERE id = ANY (${ids}) ORDER BY id FOR UPDATE`.execute(tx);
  await sql`
    UPDATE run SET done = run.done + given.done, failed = run.failed + given.failed, updated_at = now()
    FROM (SELECT run, count(*) FILTER (WHERE NOT failed) AS done, count(*) FILTER (WHERE failed) AS failed
          FROM jsonb_to_recordset(${JSON.stringify(ended)}::jsonb) AS given (run bigint, failed boolean) GROUP BY run) given
    WHERE run.id = given.run`.execute(tx);
  await endIfComplete(tx, ids);
}

async function endIfComplete(db: AnyDatabase, ids: number[]): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    UPDATE run SET state = 'done', finished_at = now(), updated_at = now()
    WHERE id = ANY (${ids}) AND state = 'running' AND listed AND done + failed >= queued RETURNING id`.execute(db);
  await answerTimers(
    db,
    rows.map(({ id }) => id),
  );
  await announce(db, ids);
}

/** Tells the timers that began or joined these runs how they ended, within the transaction that ends them. */
async function answerTimers(tx: AnyDatabase, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    UPDATE event SET result = run.state, done_at = clock_timestamp(),
      detail = left(concat_ws('; ', run.error, concat(run.scanned, ' scanned, ', run.changed, ' changed, ', run.done, ' done, ',
        run.failed, ' failed')), 1000)
    FROM run WHERE run.id = ANY (${ids}) AND event.run = run.id AND event.result IS NULL`.execute(tx);
}

async function announce(db: AnyDatabase, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`SELECT pg_notify('pixmill_feed', ${JSON.stringify({ runs: ids })})`.execute(db);
}

function describe({ message, mend }: Fault): string {
  return mend === undefined ? message : `${message}; ${mend}`;
}
