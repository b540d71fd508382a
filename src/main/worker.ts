// A process that works and does nothing else: no page, no API; for ever, or until there is nothing left to do.
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from '../config/env.ts';
import { Fault } from '../domain/fault.ts';
import type { ActionKind, Outcome } from '../domain/outcome.ts';
import type { Log } from '../domain/ports.ts';
import { parseMessages, type RawMessage } from '../intake/parse.ts';
import { isRefusal, type MessageServices, receiveMessages, rejectMessage } from '../intake/receive-messages.ts';
import { createRun } from '../intake/run.ts';
import { type KnownRun, readRuns } from '../ledger/runs.ts';
import { type Core, openCore } from './core.ts';
import { startQueues } from './queues.ts';
import { type Stops, startAll } from './start-all.ts';

/** How often the queue is asked whether it is empty, in milliseconds. */
const LOOK_MS = 250;
/** How often it says how far it has come, in milliseconds. */
const TELL_MS = 10_000;

/** What is recorded where a look at an object showed that nothing was to be done. */
const NOTHING: ReadonlySet<ActionKind | undefined> = new Set(['unchanged', 'ignored', 'gone', undefined]);

export interface WorkOptions {
  untilIdle: boolean;
  /** Pipelines of which a run is started first. */
  runs: string[] | 'all';
  /** The event that started this process: it is taken in before anything else. */
  event: RawMessage | undefined;
  /** Ends it early: what is under way is finished. */
  signal: AbortSignal;
}

export interface WorkDone {
  /** Objects about which this process has done something, and those of which something failed. */
  done: number;
  failed: number;
  /** The runs that it started or joined, as they stand. */
  runs: KnownRun[];
}

/** Works until the signal, or until nothing waits and nothing is under way, here or in other processes. */
export async function work(environment: Environment, options: WorkOptions, log: Log): Promise<WorkDone> {
  const counts = { done: 0, failed: 0 };
  // Nobody but this process speaks to the built-in endpoint.
  const place = { ...environment, data: resolve(environment.data), host: '127.0.0.1', s3Port: 0 };
  const core = await startAll(log, (stops) => start(place, options, log, stops, counts));
  try {
    const { database, queue, messages } = core;
    if (options.event) await receiveEvent(messages, options.event);
    const ids: number[] = [];
    for (const name of pipelinesOf(core, options.runs)) {
      ids.push((await createRun(database.db, name, 'worker', queue.enqueueRun)).id);
    }
    log.info({ runs: ids, untilIdle: options.untilIdle }, 'working');
    const telling = setInterval(() => log.info(counts, 'working'), TELL_MS).unref();
    await untilDone(core, options);
    clearInterval(telling);
    const runs = await readRuns(database.db, ids);
    return { ...counts, runs: runs.sort((one, other) => one.id - other.id) };
  } finally {
    await core.stop();
  }
}

async function start(
  environment: Environment,
  { untilIdle }: WorkOptions,
  log: Log,
  stops: Stops,
  counts: { done: number; failed: number },
): Promise<Core> {
  const core = await openCore(environment, log, stops, ({ job, failures, actions }: Outcome) => {
    if (job !== 'done') return;
    if (failures.length > 0) counts.failed++;
    else if (!NOTHING.has(actions.at(-1)?.kind)) counts.done++;
  });
  // A queue of events is never known to be empty: whoever ends when nothing waits leaves it to others.
  if (!untilIdle) stops.push(startQueues(core.config.queues, core.messages, environment.region));
  return core;
}

/** @throws Fault of what cannot be understood: it is on the ledger by then */
async function receiveEvent(services: MessageServices, event: RawMessage): Promise<void> {
  const from = { door: 'job', sender: event.headers['ce-source'] ?? '', payload: event.body } as const;
  try {
    await receiveMessages(services, parseMessages(event), from);
  } catch (error) {
    if (isRefusal(error)) await rejectMessage(services, from, error.message);
    throw error;
  }
}

/** @throws Fault `not_found` that names those there are */
function pipelinesOf({ config }: Core, named: string[] | 'all'): string[] {
  const names = config.pipelines.map(({ name }) => name);
  const unknown = named === 'all' ? undefined : named.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Fault('not_found', `there is no pipeline "${unknown}"`, { mend: `there are: ${names.join(', ')}` });
  }
  return named === 'all' ? names : [...new Set(named)];
}

async function untilDone({ queue, outHooks }: Core, { untilIdle, signal }: WorkOptions): Promise<void> {
  while (!signal.aborted && !(untilIdle && (await queue.isIdle()) && (await outHooks.isIdle()))) {
    await pause(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}
