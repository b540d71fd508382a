// Keeps a number of jobs in flight: claims ahead of need, so that nobody waits for the database between two pictures.
import type { Log } from '../domain/ports.ts';
import type { Claimed, ObjectJob, Queue } from './queue.ts';

/** How long the worker sleeps when nobody wakes it, in milliseconds: retries that fall due are found so. */
const IDLE_MS = 1000;
const TOUCH_MS = 10_000;

export interface Worker {
  /** There may be work: look now rather than at the next tick. */
  wake(): void;
  /** Resolves when no job is waiting or under way here, as far as the queue can tell. */
  idle(): Promise<void>;
  /** Finishes what is under way and takes no more; what was claimed and not begun goes back. */
  stop(): Promise<void>;
}

/**
 * Starts working.
 * @param inFlight jobs under way at once
 * @param handle does one job and settles it itself; what it throws is logged and the job comes back by its heartbeat
 */
export function startWorker(
  queue: Queue,
  inFlight: number,
  handle: (job: Claimed<ObjectJob>) => Promise<void>,
  log: Log,
): Worker {
  const held = new Map<string, Claimed<ObjectJob>>();
  const ready: Claimed<ObjectJob>[] = [];
  const idlers: (() => void)[] = [];
  let active = 0;
  let stopping = false;
  let claiming: Promise<void> | undefined;
  let woken = false;
  let drained: (() => void) | undefined;

  const toucher = setInterval(() => {
    queue.touch([...held.values()]).catch((error) => log.warn({ err: error }, 'heartbeat failed'));
  }, TOUCH_MS);
  const ticker = setInterval(wake, IDLE_MS);

  function wake(): void {
    woken = true;
    if (stopping) return;
    // One claim at a time; a wake during it makes another follow.
    claiming ??= refill().finally(() => {
      claiming = undefined;
      // A wake that came after the last look and before this line must not be lost.
      if (woken && ready.length < inFlight) wake();
    });
  }

  async function refill(): Promise<void> {
    try {
      while (woken && !stopping && ready.length < inFlight) {
        woken = false;
        const jobs = await queue.claim(inFlight * 2 - ready.length);
        for (const job of jobs) held.set(job.id, job);
        ready.push(...jobs);
        if (jobs.length > 0) woken = true;
        else if (active === 0 && ready.length === 0) for (const resolve of idlers.splice(0)) resolve();
        start();
      }
    } catch (error) {
      log.warn({ err: error }, 'claiming jobs failed; trying again');
    }
  }

  function start(): void {
    while (active < inFlight && !stopping) {
      const job = ready.shift();
      if (!job) break;
      active++;
      void work(job);
    }
  }

  async function work(job: Claimed<ObjectJob>): Promise<void> {
    try {
      await handle(job);
    } catch (error) {
      log.error({ err: error, bucket: job.data.bucket, key: job.data.key }, 'job could not be settled');
    } finally {
      active--;
      held.delete(job.id);
      start();
      if (ready.length < inFlight) wake();
      if (stopping && active === 0) drained?.();
    }
  }

  return {
    wake,
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        wake();
      }),
    async stop() {
      stopping = true;
      clearInterval(ticker);
      await claiming;
      const unbegun = ready.splice(0);
      if (unbegun.length > 0) await queue.giveBack(unbegun);
      if (active > 0) await new Promise<void>((resolve) => (drained = resolve));
      clearInterval(toucher);
    },
  };
}
