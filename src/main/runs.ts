// Carries out runs as they fall due: several pipelines at once, each of them by one process at a time.
import { asFault, Fault } from '../domain/fault.ts';
import { receiveDue } from '../intake/receive-messages.ts';
import { carryOut, delayRun, failRun, readRunning } from '../intake/run.ts';
import type { Claimed, RunJob, ScheduledRun } from '../queue/queue.ts';
import { every } from './every.ts';
import type { WorkServices } from './work.ts';

/** How often a process looks for runs that are due, in milliseconds. */
const LOOK_MS = 1000;
/** A listing waits for its store most of the time, so several share a process. */
const AT_ONCE = 4;
const TOUCH_MS = 10_000;

/** How often a run that does not get on is tried before it ends: with the pauses between, for about a quarter of an hour. */
export const TRIES = 10;
export const LONGEST_PAUSE = 300;

type Job = Claimed<RunJob | ScheduledRun>;

/** Starts looking. `stop` ends each listing after the page in hand; another process goes on behind it. */
export function startRuns(services: WorkServices, wake: () => void): { stop(): Promise<void> } {
  const { queue, log } = services;
  const stopping = new AbortController();
  const underWay = new Map<Job, Promise<void>>();

  async function look(): Promise<void> {
    await buryDead(services);
    while (underWay.size < AT_ONCE && !stopping.signal.aborted) {
      const job = await queue.claimRun();
      if (!job) return;
      const ended = settle(services, job, wake, stopping.signal)
        .catch((error) => log.warn({ err: error, pipeline: job.data.pipeline }, 'a run could not be settled; it comes back'))
        .finally(() => underWay.delete(job));
      underWay.set(job, ended);
    }
  }

  const looker = every(LOOK_MS, look, 'looking for runs failed', log);
  const toucher = setInterval(() => {
    for (const job of underWay.keys()) queue.touchRun(job).catch((error) => log.warn({ err: error }, 'heartbeat failed'));
  }, TOUCH_MS);

  return {
    async stop() {
      stopping.abort();
      await looker.stop();
      await Promise.all(underWay.values());
      clearInterval(toucher);
    },
  };
}

async function settle(services: WorkServices, job: Job, wake: () => void, signal: AbortSignal): Promise<void> {
  const { db, queue } = services;
  if ('run' in job.data) return carryOutOne(services, job as Claimed<RunJob>, wake, signal);
  // A schedule names only the pipeline: a run begins now, unless one is under way.
  const { pipeline } = job.data;
  const declared = services.config.pipelines.some(({ name }) => name === pipeline);
  await db.transaction().execute(async (tx) => {
    if (!(await queue.completeRun(tx, job)) || !declared) return;
    await receiveDue(tx, pipeline, queue.enqueueRun);
  });
}

async function carryOutOne(services: WorkServices, job: Claimed<RunJob>, wake: () => void, signal: AbortSignal): Promise<void> {
  const { db, queue, store, imaging, config, log } = services;
  let tries = (job.data.tries ?? 0) + 1;
  try {
    const pipeline = config.pipelines.find(({ name }) => name === job.data.pipeline);
    if (!pipeline) throw undeclared(job.data.pipeline);
    const run = await readRunning(db, pipeline.name);
    if (run && !run.listed) {
      const { enqueue, holdRun, giveBack } = queue;
      const hold = (tx: Parameters<typeof holdRun>[0]) => holdRun(tx, job);
      const running = { db, store, engine: imaging.engine, enqueue, wake, hold, signal, log };
      const end = await carryOut(running, pipeline, run, () => {
        tries = 1;
      });
      if (end === 'lost') return;
      if (end === 'stopped') return await giveBack([job]);
    }
    await db.transaction().execute((tx) => queue.completeRun(tx, job));
  } catch (thrown) {
    await putOff(services, job, tries, asFault(thrown));
  }
}

/** Lets a run be tried again after a pause, or ends it where that would not help. */
async function putOff({ db, queue, log }: WorkServices, job: Claimed<RunJob>, tries: number, fault: Fault): Promise<void> {
  const { run, pipeline } = job.data;
  const again = fault.transient && tries < TRIES;
  log.warn({ run, pipeline, tries, err: fault.cause ?? fault }, again ? 'run put off' : 'run failed');
  await db.transaction().execute(async (tx) => {
    if (!(await queue.completeRun(tx, job))) return;
    if (!again) return failRun(tx, pipeline, fault);
    await delayRun(tx, pipeline, fault);
    await queue.enqueueRun(tx, { ...job.data, tries }, Math.min(2 ** tries, LONGEST_PAUSE));
  });
}

/** Ends runs over which worker after worker died. */
async function buryDead({ db, queue }: WorkServices): Promise<void> {
  const job = await queue.claimDeadRun();
  if (!job) return;
  const fault = new Fault('internal', 'its workers died over it, again and again', {
    mend: 'look at the log of the workers, then start it again',
  });
  await db.transaction().execute(async (tx) => {
    await failRun(tx, job.data.pipeline, fault);
    await queue.completeDeadRun(tx, job);
  });
}

function undeclared(pipeline: string): Fault {
  return new Fault('not_found', `there is no pipeline "${pipeline}" any more`, { mend: 'declare it, then start the run again' });
}
