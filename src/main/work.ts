// Joins queue, ledger and reconcile: jobs come in, outcomes go out, each pair in one transaction.
import { Fault } from '../domain/fault.ts';
import type { ObjectJob, Outcome } from '../domain/outcome.ts';
import { countEnded } from '../intake/run.ts';
import type { Entry, Settle } from '../ledger/record.ts';
import type { Claimed, Queue, ObjectJob as QueuedJob } from '../queue/queue.ts';
import { startWorker, type Worker } from '../queue/worker.ts';
import { giveUp, reconcile } from '../reconcile/reconcile.ts';
import { every } from './every.ts';
import { startForgetting } from './forget.ts';
import { openReconciler, type ReconcilerServices } from './reconciler.ts';
import { startRuns } from './runs.ts';

/** How often a worker looks for jobs whose workers died, in milliseconds. */
const LOOK_MS = 1000;

/** Reads and writes overlap with rendering: so many objects are under way beyond those being rendered. */
const AHEAD = 3;

export interface WorkServices extends ReconcilerServices {
  queue: Queue;
  /** An outcome was written to the ledger. */
  recorded(outcome: Outcome): void;
}

/** A job with the claim that its outcome settles. */
interface ClaimedJob extends ObjectJob {
  claim: Claimed<QueuedJob>;
}

/** Starts reconciling, carrying out runs, and forgetting old history. */
export function startWork(services: WorkServices): Worker {
  const { queue, imaging, log } = services;
  const recorded = (_job: ObjectJob, outcome: Outcome) => services.recorded(outcome);
  const reconciler = openReconciler(services, settleWith(queue), recorded);
  const worker = startWorker(queue, imaging.slots + AHEAD, (claim) => reconcile(reconciler, asJob(claim)), log);
  const others = [startRuns(services, () => worker.wake()), startBurying(services, recorded), startForgetting(services)];
  return {
    ...worker,
    async stop() {
      await Promise.all(others.map((other) => other.stop()));
      await worker.stop();
    },
  };
}

function asJob(claim: Claimed<QueuedJob>): ClaimedJob {
  const { bucket, key, at, run } = claim.data;
  return { bucket, key, at: new Date(at), attempt: claim.retryCount + 1, run, claim };
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
  const { run } = job;
  return run === undefined || outcome.job !== 'done' ? [] : [{ run, failed: outcome.failures.length > 0 }];
}

/** Watches for dead letters, and records them as failures. */
function startBurying(services: WorkServices, recorded: (job: ClaimedJob, outcome: Outcome) => void): { stop(): Promise<void> } {
  const { queue, log } = services;
  const bury: Settle<ClaimedJob> = async (tx, entries) => {
    await queue.completeDead(tx, entries.map(claimOf));
    await countEnded(tx, entries.flatMap(endedRun));
    return entries;
  };
  const buryer = openReconciler(services, bury, recorded);
  async function look(): Promise<void> {
    for (const claim of await queue.claimDead(16)) {
      const fault = new Fault('internal', 'its workers died over it, again and again', {
        mend: 'look at this picture on its own, then redrive it',
      });
      await giveUp(buryer, asJob(claim), fault);
    }
  }
  return every(LOOK_MS, look, 'looking for dead letters failed', log);
}
