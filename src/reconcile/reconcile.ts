// Observe, decide, apply: the one way in which an object is processed.
import { asFault, type Fault } from '../domain/fault.ts';
import type { ObjectJob } from '../domain/outcome.ts';
import { Attempt, type Reconciler } from './attempt.ts';

/** How often a fault that may pass is tried before it becomes a failure, by its code; others at once. */
export const TRIES: Partial<Record<Fault['code'], number>> = {
  store_unavailable: 8,
  unavailable: 8,
  internal: 4,
  timeout: 2,
  changed: 8,
};

/** Brings one object to the state its pipelines declare, and records what was done. Never throws for the object's sake. */
export async function reconcile(reconciler: Reconciler, job: ObjectJob): Promise<void> {
  const started = performance.now();
  const { ledger, log } = reconciler;
  const attempt = new Attempt(reconciler, job, started);
  try {
    await attempt.run();
  } catch (thrown) {
    const fault = asFault(thrown);
    const retry = fault.transient && job.attempt < (TRIES[fault.code] ?? 1);
    const where = { bucket: job.bucket, key: job.key, attempt: job.attempt, code: fault.code };
    log[retry ? 'info' : 'warn']({ ...where, err: fault.cause ?? fault }, retry ? 'trying again later' : 'gave up');
    await ledger.record(job, retry ? attempt.retryOutcome(fault) : attempt.failureOutcome(fault));
  } finally {
    attempt.release();
  }
}

/** Records that an object was given up without another try: its workers died, say. */
export async function giveUp(reconciler: Reconciler, job: ObjectJob, fault: Fault): Promise<void> {
  const attempt = new Attempt(reconciler, job, performance.now());
  await attempt.recall();
  await reconciler.ledger.record(job, attempt.failureOutcome(fault));
}
