// Works on objects without the queue: several at a time, each under a lock, until the time is over.
import { setTimeout as pause } from 'node:timers/promises';
import { asFault } from '../domain/fault.ts';
import { objectName } from '../domain/object-hint.ts';
import type { ObjectJob, Outcome } from '../domain/outcome.ts';
import type { DatabaseAddress } from '../ledger/database.ts';
import { type ObjectLocks, openObjectLocks } from '../ledger/object-locks.ts';
import type { Settle } from '../ledger/record.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { openReconciler, type ReconcilerServices } from './reconciler.ts';

/** One object is read or written while another is rendered. */
const AHEAD = 1;
/** How often somebody else's lock is tried, in milliseconds. */
const LOCKED_MS = 100;
/** For how long beyond the deadline the server keeps locks of which it hears nothing, in milliseconds. */
const GRACE_MS = 5_000;

export interface DirectServices extends ReconcilerServices {
  address: DatabaseAddress;
}

export interface Deadline {
  /** Milliseconds until `passed`. */
  left(): number;
  /** There is time enough to begin with another object. */
  mayBegin(): boolean;
  /** Aborted when an answer must be given; whatever is done afterwards does not count. */
  passed: AbortSignal;
}

/** Why objects are not done with, by their names. Those that are done with are not among them. */
export type Unfinished = Map<string, string>;

/** An object under way, and how that ended as far as it is recorded. */
interface DirectJob extends ObjectJob {
  passed: AbortSignal;
  outcome?: Outcome;
}

/** @returns a function that reconciles objects, each named once */
export function openDirect(services: DirectServices): (objects: ObjectJob[], deadline: Deadline) => Promise<Unfinished> {
  const { address, imaging, log } = services;
  // There is no job to settle. What comes after the deadline was reported as not done, and somebody else may be at it.
  const settle: Settle<DirectJob> = async (_tx, entries) => entries.filter(({ job }) => !job.passed.aborted);
  const reconciler = openReconciler(services, settle, (job, outcome) => {
    job.outcome = outcome;
  });

  /** @returns why it is not done with */
  async function work(object: ObjectJob, passed: AbortSignal): Promise<string | undefined> {
    const job: DirectJob = { ...object, passed };
    try {
      await reconcile(reconciler, job);
    } catch (error) {
      const { bucket, key } = object;
      log.warn({ bucket, key, err: error }, 'an outcome could not be recorded');
      return asFault(error).message;
    }
    if (job.outcome?.job === 'done') return undefined;
    return job.outcome?.actions.at(-1)?.detail ?? 'its outcome came too late';
  }

  async function workThrough(
    waiting: ObjectJob[],
    unfinished: Unfinished,
    locks: ObjectLocks,
    deadline: Deadline,
  ): Promise<void> {
    while (deadline.mayBegin()) {
      const object = waiting.shift();
      if (!object) return;
      const name = objectName(object.bucket, object.key);
      if (!(await locks.take(name))) {
        unfinished.set(name, 'another process works on it');
        waiting.push(object);
        await pause(LOCKED_MS);
        continue;
      }
      const why = await work(object, deadline.passed);
      if (why === undefined) unfinished.delete(name);
      else unfinished.set(name, why);
      await locks.release(name);
    }
  }

  return async (objects, deadline) => {
    const unfinished: Unfinished = new Map();
    if (objects.length === 0) return unfinished;
    for (const { bucket, key } of objects) unfinished.set(objectName(bucket, key), 'there was no time for it');
    const locks = await openObjectLocks(address, deadline.left() + GRACE_MS);
    const waiting = [...objects];
    const hands = Math.min(imaging.slots + AHEAD, objects.length);
    const works = Array.from({ length: hands }, async () => {
      await workThrough(waiting, unfinished, locks, deadline).catch((error) => {
        if (!deadline.passed.aborted) log.warn({ err: error }, 'the locks were lost');
      });
    });
    await Promise.race([Promise.all(works), once(deadline.passed)]);
    // What is still under way goes on without its lock, and is not recorded.
    await locks.close().catch((error) => log.warn({ err: error }, 'the locks were lost'));
    return new Map(unfinished);
  };
}

function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
