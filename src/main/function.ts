// Pixmill as a function of AWS Lambda: events in, reconciled at once against S3 and PostgreSQL, without the queue.
import { availableParallelism } from 'node:os';
import type { Pool } from 'pg';
import type { Environment } from '../config/env.ts';
import { type Config, loadConfig } from '../config/load.ts';
import { asFault, Fault } from '../domain/fault.ts';
import { objectName } from '../domain/object-hint.ts';
import type { ObjectJob } from '../domain/outcome.ts';
import { matches } from '../domain/pipeline.ts';
import type { Log } from '../domain/ports.ts';
import { fingerprint } from '../imaging/fingerprint.ts';
import { openImaging } from '../imaging/imaging.ts';
import { type BatchMessage, readBatch } from '../intake/invocation.ts';
import type { Message } from '../intake/message.ts';
import type { MessageServices } from '../intake/receive-messages.ts';
import { type Taken, takeIn } from '../intake/take-in.ts';
import { requireSchema } from '../ledger/migrate.ts';
import type { Announce } from '../ledger/record.ts';
import { openStore } from '../store/s3.ts';
import { openNamedDatabase } from './database.ts';
import { type Deadline, openDirect } from './direct.ts';
import { type Stops, startAll } from './start-all.ts';

/** AWS gives the worth of one processor for each so many MB of memory. */
const MB_PER_CORE = 1769;

/** Beside the one that holds the locks. There may be a thousand functions, and each of them holds its connections. */
const CONNECTIONS = 1;

/** Time that must be left to begin with another object, and to give the answer, in milliseconds and as a part of all there is. */
const BEGIN = { ms: 10_000, part: 1 / 3 };
const ANSWER = { ms: 2_000, part: 1 / 10 };

/** What Lambda tells of an invocation. */
export interface InvocationContext {
  functionName: string;
  /** The same again where Lambda tries an event once more. */
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** The messages of a batch that must come again. */
export interface BatchAnswer {
  batchItemFailures: { itemIdentifier: string }[];
}

export interface PictureFunction {
  /**
   * Takes in a batch of a queue, or a single event.
   * @throws Fault for a single event that must come again, or was refused; a batch says so in its answer
   */
  handle(event: unknown, context: InvocationContext): Promise<BatchAnswer | { objects: number }>;
  stop(): Promise<void>;
}

/** @throws Fault where anything is missing; the schema of the database is not touched */
export async function openFunction(environment: Environment, log: Log): Promise<PictureFunction> {
  const { databaseUrl } = environment;
  if (databaseUrl === undefined) {
    throw new Fault('invalid', 'DATABASE_URL is not set, and a function brings no database of its own', {
      mend: 'set it to the database that "pixmill migrate up" has prepared',
    });
  }
  return startAll(log, (stops) => start(environment, databaseUrl, log, stops));
}

async function start(
  environment: Environment,
  databaseUrl: string,
  log: Log,
  stops: Stops,
): Promise<Pick<PictureFunction, 'handle'>> {
  const config = await loadConfig(environment.config, process.cwd(), fingerprint);
  const database = await openNamedDatabase(databaseUrl, CONNECTIONS);
  stops.push(database.close);
  const { db, pool } = database;
  await requireSchema(db);
  const { limits, watermarks, pipelines, hooks } = config;
  const slots = environment.slots ?? slotsOf(environment.functionMemory);
  const imaging = await openImaging({ limits, watermarks, log, ...(slots !== undefined && { slots }) });
  stops.push(imaging.stop);
  const s3 = environment.s3 ?? { endpoint: undefined, region: environment.region };
  const store = openStore({ ...s3, credentials: undefined });
  const announce = await openAnnounce(hooks.out, pool, log, stops);
  const direct = openDirect({ db, address: { url: databaseUrl }, store, imaging, config, announce, log });
  // What is recorded is worked on at once, by this process.
  const services = { db, pipelines, enqueue: async () => 0, enqueueRun: refuseRun, wake() {}, log };
  return { handle: (event, context) => handle({ services, direct, log }, event, context) };
}

/** Out-hooks are called by servers and workers on the same database: a function is frozen between two tries. */
async function openAnnounce(hooks: Config['hooks']['out'], pool: Pool, log: Log, stops: Stops): Promise<Announce | undefined> {
  if (hooks.length === 0) return undefined;
  const { openAnnouncing } = await import('../queue/deliveries.ts');
  const deliveries = await openAnnouncing(pool, log);
  stops.push(deliveries.stop);
  const { announceTo } = await import('./out-hooks.ts');
  return announceTo(hooks, deliveries);
}

interface Parts {
  services: MessageServices;
  direct: ReturnType<typeof openDirect>;
  log: Log;
}

async function handle(parts: Parts, event: unknown, context: InvocationContext): Promise<BatchAnswer | { objects: number }> {
  const { log } = parts;
  const started = performance.now();
  const batch = readBatch(event);
  // By itself an event is a batch of one, of which Lambda hears by success or error.
  const alone = { id: context.awsRequestId, body: JSON.stringify(event), queue: context.functionName, receives: 1 };
  const messages = batch ?? [alone];
  const { failed, objects } = await takeAll(parts, messages, context);
  for (const [message, fault] of failed) log.warn({ message, reason: fault.message }, 'message comes back');
  const ms = Math.round(performance.now() - started);
  log.info({ messages: messages.length, objects, failed: failed.size, ms }, 'invocation done');
  if (batch) return { batchItemFailures: [...failed.keys()].map((itemIdentifier) => ({ itemIdentifier })) };
  for (const fault of failed.values()) throw fault;
  return { objects };
}

/** Records every message, then works on each object that they name, once. @returns the messages that must come again, and why */
async function takeAll(
  { services, direct }: Parts,
  messages: BatchMessage[],
  context: InvocationContext,
): Promise<{ failed: Map<string, Fault>; objects: number }> {
  const { deadline, end } = startDeadline(context);
  const failed = new Map<string, Fault>();
  try {
    const taken = await takeIn(services, messages, { door: 'lambda', sender: messages[0]?.queue ?? '' });
    const objects = new Map<string, NamedObject>();
    for (const [index, message] of messages.entries()) {
      const one = taken[index] as Taken;
      if (one.kind === 'received') addObjects(objects, services, one.messages, message);
      else failed.set(message.id, one.kind === 'refused' ? one.fault : notRecorded(services, one.error, message));
    }
    for (const [name, why] of await direct([...objects.values()], deadline)) {
      for (const id of objects.get(name)?.messages ?? []) failed.set(id, new Fault('unavailable', `${name}: ${why}`));
    }
    return { failed, objects: objects.size };
  } finally {
    end();
  }
}

/** An object to work on, and the messages that name it. */
type NamedObject = ObjectJob & { messages: Set<string> };

/** Adds the objects of a message that some pipeline takes. */
function addObjects(
  objects: Map<string, NamedObject>,
  { pipelines }: MessageServices,
  said: Message[],
  { id, receives }: BatchMessage,
): void {
  for (const { bucket, key } of said.flatMap((message) => (message.kind === 'objects' ? message.objects : []))) {
    if (!pipelines.some((pipeline) => matches(pipeline, bucket, key))) continue;
    const name = objectName(bucket, key);
    const object = objects.get(name) ?? { bucket, key, at: new Date(), attempt: 1, messages: new Set() };
    object.messages.add(id);
    objects.set(name, { ...object, attempt: Math.max(object.attempt, receives) });
  }
}

function notRecorded({ log }: MessageServices, error: unknown, { id }: BatchMessage): Fault {
  log.warn({ message: id, err: error }, 'message not recorded');
  return asFault(error);
}

async function refuseRun(): Promise<never> {
  throw new Fault('invalid', 'a timer came to a function, which sweeps no sources: send it to /events/cron of a server');
}

function startDeadline(context: InvocationContext): { deadline: Deadline; end(): void } {
  const all = context.getRemainingTimeInMillis();
  const answer = Math.min(ANSWER.ms, all * ANSWER.part);
  const begin = Math.min(BEGIN.ms, all * BEGIN.part);
  const passing = new AbortController();
  const timer = setTimeout(() => passing.abort(), all - answer);
  const left = () => context.getRemainingTimeInMillis() - answer;
  return {
    deadline: { left, mayBegin: () => context.getRemainingTimeInMillis() > begin, passed: passing.signal },
    end: () => clearTimeout(timer),
  };
}

function slotsOf(memory: number | undefined): number | undefined {
  return memory === undefined ? undefined : Math.min(availableParallelism(), Math.max(1, Math.floor(memory / MB_PER_CORE)));
}
