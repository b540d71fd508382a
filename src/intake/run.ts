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
  state: string;
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
  return db.transaction().execute((tx) => createRunWithin(tx, pipeline, trigger, enqueue));
}

/** As above, within the transaction of whoever asks for it. */
export async function createRunWithin(
  tx: AnyTransaction,
  pipeline: string,
  trigger: string,
  enqueue: EnqueueRun,
): Promise<{ id: number; created: boolean }> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO run (pipeline, trigger, state) VALUES (${pipeline}, ${trigger}, 'running')
    ON CONFLICT (pipeline) WHERE state = 'running' DO NOTHING RETURNING id`.execute(tx);
  const created = rows[0];
  if (created) {
    await enqueue(tx, { run: created.id, pipeline });
    await announce(tx, [created.id]);
    return { id: created.id, created: true };
  }
  const running = await readRunning(tx, pipeline);
  if (!running) throw new Fault('conflict', `the run of pipeline "${pipeline}" ended just now`, { mend: 'start it again' });
  return { id: running.id, created: false };
}

/** Ends a run early; jobs that it has already added are still done. */
export async function cancelRun(db: AnyDatabase, id: number): Promise<void> {
  const { numAffectedRows } = await sql`
    UPDATE run SET state = 'cancelled', finished_at = now(), updated_at = now()
    WHERE id = ${id} AND state = 'running'`.execute(db);
  if (!numAffectedRows) {
    throw new Fault('not_found', `there is no run ${id} under way`, { mend: 'look at the list of runs' });
  }
  await announce(db, [id]);
}

/** The run of this pipeline that is under way, if one is. */
export async function readRunning(db: AnyDatabase, pipeline: string): Promise<RunRow | undefined> {
  const { rows } = await sql<RunRow>`
    SELECT id, pipeline, state, cursor FROM run WHERE pipeline = ${pipeline} AND state = 'running'`.execute(db);
  return rows[0];
}

export interface RunServices {
  db: AnyDatabase;
  store: Store;
  engine: string;
  enqueue: Enqueue;
  /** There is new work. */
  wake(): void;
  /** The run's job is still ours and alive; called once a page. */
  touch(): Promise<void>;
  log: Log;
}

/** Carries out a run from where it stands to its end. Faults of the store leave it as it is, for the next try. */
export async function carryOut(services: RunServices, pipeline: Pipeline, run: RunRow): Promise<void> {
  const { db, store, engine, enqueue, wake, touch, log } = services;
  const started = performance.now();
  let scanned = 0;
  for await (const page of sweep(db, store, pipeline, engine, run.cursor ?? undefined)) {
    scanned += page.scanned;
    const goesOn = await db.transaction().execute(async (tx) => {
      const at = new Date().toISOString();
      const { bucket } = pipeline.source;
      const jobs = page.differing.map((key) => ({ bucket, key, at, run: run.id }));
      if (!(await holdRunning(tx, run.id))) return false;
      const queued = await enqueue(tx, jobs, { background: true });
      await advance(tx, run.id, page.scanned, queued, page.cursor);
      return true;
    });
    if (!goesOn) return log.info({ run: run.id, pipeline: pipeline.name }, 'run cancelled');
    if (page.differing.length > 0) wake();
    await touch();
  }
  await sql`
    UPDATE run SET listed = true, updated_at = now() WHERE id = ${run.id} AND state = 'running'`.execute(db);
  await endIfComplete(db, [run.id]);
  log.info({ run: run.id, pipeline: pipeline.name, scanned, ms: Math.round(performance.now() - started) }, 'source listed');
}

/** False where the run was cancelled; else it cannot be until the transaction ends. */
async function holdRunning(tx: AnyDatabase, id: number): Promise<boolean> {
  const { rows } = await sql`SELECT FROM run WHERE id = ${id} AND state = 'running' FOR UPDATE`.execute(tx);
  return rows.length > 0;
}

async function advance(tx: AnyDatabase, id: number, scanned: number, queued: number, cursor: string): Promise<void> {
  await sql`
    UPDATE run SET scanned = scanned + ${scanned}, queued = queued + ${queued}, cursor = ${cursor}, updated_at = now()
    WHERE id = ${id}`.execute(tx);
  await announce(tx, [id]);
}

/** Counts jobs of runs that have ended, within the transaction that records their outcome. */
export async function countEnded(tx: AnyDatabase, ended: { run: number; failed: boolean }[]): Promise<void> {
  if (ended.length === 0) return;
  await sql`
    UPDATE run SET done = run.done + given.done, failed = run.failed + given.failed, updated_at = now()
    FROM (SELECT run, count(*) FILTER (WHERE NOT failed) AS done, count(*) FILTER (WHERE failed) AS failed
          FROM jsonb_to_recordset(${JSON.stringify(ended)}::jsonb) AS given (run bigint, failed boolean) GROUP BY run) given
    WHERE run.id = given.run`.execute(tx);
  await endIfComplete(tx, [...new Set(ended.map(({ run }) => run))]);
}

async function endIfComplete(db: AnyDatabase, ids: number[]): Promise<void> {
  await sql`
    UPDATE run SET state = 'done', finished_at = now(), updated_at = now()
    WHERE id = ANY (${ids}) AND state = 'running' AND listed AND done + failed >= queued`.execute(db);
  await announce(db, ids);
}

async function announce(db: AnyDatabase, ids: number[]): Promise<void> {
  await sql`SELECT pg_notify('pixmill_feed', ${JSON.stringify({ runs: ids })})`.execute(db);
}
