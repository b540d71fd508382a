// Joins queue, ledger and reconcile: jobs come in, outcomes go out, each pair in one transaction.
import type { Kysely } from 'kysely';
import type { Config } from '../config/load.ts';
import { Fault } from '../domain/fault.ts';
import type { ObjectJob } from '../domain/outcome.ts';
import type { Imaging, Log, ReconcileLedger, Store } from '../domain/ports.ts';
import { carryOut, countEnded, createRun, readRunning } from '../intake/run.ts';
import { readFacts, readOwner } from '../ledger/facts.ts';
import { type Entry, openRecorder, type Settle } from '../ledger/record.ts';
import type { Ledger } from '../ledger/schema.ts';
import type { Claimed, Queue, ObjectJob as QueuedJob } from '../queue/queue.ts';
import { startWorker, type Worker } from '../queue/worker.ts';
import type { Reconciler } from '../reconcile/attempt.ts';
import { giveUp, reconcile } from '../reconcile/reconcile.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** How often a worker looks for runs that are due and for jobs whose workers died, in milliseconds. */
const LOOK_MS = 1000;

/** Reads and writes overlap with rendering: so many objects are under way beyond those being rendered. */
const AHEAD = 3;

export interface WorkServices {
  db: Kysely<Ledger>;
  queue: Queue;
  store: Store;
  imaging: Imaging;
  config: Config;
  metrics: Metrics;
  log: Log;
}

/** A job with the claim that its outcome settles. */
interface ClaimedJob extends ObjectJob {
  claim: Claimed<QueuedJob>;
}

/** Starts reconciling, and carrying out runs. */
export function startWork(services: WorkServices): Worker {
  const { queue, imaging, log } = services;
  const reconciler = openReconciler(services, settleWith(queue));
  const worker = startWorker(queue, imaging.slots + AHEAD, (claim) => reconcile(reconciler, asJob(claim)), log);
  const looker = startLooking(services, worker);
  return {
    ...worker,
    async stop() {
      await looker.stop();
      await worker.stop();
    },
  };
}

function openReconciler({ db, store, imaging, config, metrics, log }: WorkServices, settle: Settle<ClaimedJob>): Reconciler {
  const record = openRecorder<ClaimedJob>(db, settle);
  const ledger: ReconcileLedger = {
    facts: (bucket, key) => readFacts(db, bucket, key),
    ownerOf: (bucket, key) => readOwner(db, bucket, key),
    async record(job, outcome) {
      const counted = await record(job as ClaimedJob, outcome);
      if (counted) metrics.recorded(outcome);
      return counted;
    },
  };
  return { pipelines: config.pipelines, store, imaging, ledger, maxBytes: config.limits.bytes, log };
}

function asJob(claim: Claimed<QueuedJob>): ClaimedJob {
  const { bucket, key, at } = claim.data;
  return { bucket, key, at: new Date(at), attempt: claim.retryCount + 1, claim };
}

/** Completes, keeps or gives back each entry's job. Entries whose job went to another worker are left out. */
function settleWith(queue: Queue): Settle<ClaimedJob> {
  return async (tx, entries) => {
    const of = (wanted: 'done' | 'retry' | 'open') => entries.filter(({ outcome }) => outcome.job === wanted);
    const ours = await queue.complete(tx, of('done').map(claimOf));
    for (const id of await queue.hold(tx, of('open').map(claimOf))) ours.add(id);
    for (const entry of of('retry')) {
      if (await queue.retry(tx, entry.job.claim, entry.outcome.actions.at(-1)?.detail ?? '')) ours.add(entry.job.claim.id);
    }
    const settled = entries.filter(({ job }) => ours.has(job.claim.id));
    await countEnded(tx, settled.flatMap(endedRun));
    return settled;
  };
}

function claimOf({ job }: Entry<ClaimedJob>): Claimed<QueuedJob> {
  return job.claim;
}

function endedRun({ job, outcome }: Entry<ClaimedJob>): { run: number; failed: boolean }[] {
  const { run } = job.claim.data;
  return run === undefined || outcome.job !== 'done' ? [] : [{ run, failed: outcome.failures.length > 0 }];
}

/** Watches for due runs and for dead letters, one of each at a time. */
function startLooking(services: WorkServices, worker: Worker): { stop(): Promise<void> } {
  const { queue, log } = services;
  const buryer = openReconciler(services, async (tx, entries) => {
    await queue.completeDead(tx, entries.map(claimOf));
    await countEnded(tx, entries.flatMap(endedRun));
    return entries;
  });
  const every = (what: string, look: () => Promise<void>) => {
    let running: Promise<void> | undefined;
    const timer = setInterval(() => {
      running ??= look()
        .catch((error) => log.warn({ err: error }, `${what} failed; trying again`))
        .finally(() => (running = undefined));
    }, LOOK_MS);
    return async () => {
      clearInterval(timer);
      await running;
    };
  };
  const stops = [
    every('looking for runs', () => lookForRun(services, worker)),
    every('looking for dead letters', async () => {
      for (const claim of await queue.claimDead(16)) {
        const fault = new Fault('internal', 'its workers died over it, again and again', {
          mend: 'look at this picture on its own, then redrive it',
        });
        await giveUp(buryer, asJob(claim), fault);
      }
    }),
  ];
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

async function lookForRun(services: WorkServices, worker: Worker): Promise<void> {
  const { db, queue, store, imaging, config, log } = services;
  const job = await queue.claimRun();
  if (!job) return;
  const pipeline = config.pipelines.find(({ name }) => name === job.data.pipeline);
  // A schedule names only the pipeline: its run begins now, or joins the one under way.
  if (!('run' in job.data) && pipeline) await createRun(db, pipeline.name, 'schedule', async () => {});
  const run = await readRunning(db, job.data.pipeline);
  if (pipeline && run) {
    await carryOut(
      {
        db,
        store,
        engine: imaging.engine,
        enqueue: (tx, jobs, options) => queue.enqueue(tx, jobs, options),
        wake: () => worker.wake(),
        touch: () => queue.touchRun(job),
        log,
      },
      pipeline,
      run,
    );
  }
  await db.transaction().execute((tx) => queue.completeRun(tx, job));
}
