// Pixmill as a function of AWS Lambda: events in, reconciled at once against S3 and PostgreSQL, without the queue.
import { availableParallelism } from 'node:os';
import type { Environment } from '../config/env.ts';
import { loadConfig } from '../config/load.ts';
import { asFault, Fault } from '../domain/fault.ts';
import { objectName } from '../domain/object-hint.ts';
import type { ObjectJob } from '../domain/outcome.ts';
import type { Log } from '../domain/ports.ts';
import { fingerprint } from '../imaging/fingerprint.ts';
import { openImaging } from '../imaging/imaging.ts';
import { type BatchMessage, readBatch } from '../intake/invocation.ts';
import type { MessageServices } from '../intake/receive-messages.ts';
import { takeIn } from '../intake/take-in.ts';
import { requireSchema } from '../ledger/migrate.ts';
import { openStore } from '../store/s3.ts';
import { openNamedDatabase } from './database.ts';
import { type Deadline, openDirect } from './direct.ts';

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
  const { databaseUrl, region } = environment;
  if (databaseUrl === undefined) {
    throw new Fault('invalid', 'DATABASE_URL is not set, and a function brings no database of its own', {
      mend: 'set it to the database that "pixmill migrate up" has prepared',
    });
  }
  const config = await loadConfig(environment.config, process.cwd(), fingerprint);
  const address = { url: databaseUrl };
  const database = await openNamedDatabase(databaseUrl, CONNECTIONS);
  try {
    const { db } = database;
    await requireSchema(db);
    const { limits, watermarks, pipelines } = config;
    const slots = environment.slots ?? slotsOf(environment.functionMemory);
    const imaging = await openImaging({ limits, watermarks, log, ...(slots !== undefined && { slots }) });
    const store = openStore({ ...(environment.s3 ?? { endpoint: undefined, region }), credentials: undefined });
    const direct = openDirect({ db, address, store, imaging, config, log });
    const services = { db, pipelines, enqueueRun: refuseRun, wake() {}, log };
    return {
      handle: (event, context) => handle({ services, direct, log }, event, context),
      async stop() {
        await imaging.stop();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Parts {
  services: Omit<MessageServices, 'enqueue'>;
  direct: ReturnType<typeof openDirect>;
  log: Log;
}

async function handle(parts: Parts, event: unknown, context: InvocationContext): Promise<BatchAnswer | { objects: number }> {
  const { log } = parts;
  const started = performance.now();
  const batch = readBatch(event);
  // By itself an event is a batch of one, of which Lambda hears by success or error.
  const alone = { id: context.functionName, body: JSON.stringify(event), queue: context.functionName, receives: 1 };
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
  const objects = new Map<string, ObjectJob & { messages: string[] }>();
  try {
    for (const message of messages) {
      try {
        for (const object of await take(services, message)) {
          const name = objectName(object.bucket, object.key);
          const known = objects.get(name);
          const attempt = Math.max(known?.attempt ?? 1, message.receives);
          objects.set(name, { ...object, attempt, messages: [...(known?.messages ?? []), message.id] });
        }
      } catch (error) {
        if (!(error instanceof Fault)) services.log.warn({ message: message.id, err: error }, 'message not recorded');
        failed.set(message.id, asFault(error));
      }
    }
    for (const [name, why] of await direct([...objects.values()], deadline)) {
      for (const message of objects.get(name)?.messages ?? []) failed.set(message, new Fault('unavailable', `${name}: ${why}`));
    }
  } finally {
    end();
  }
  return { failed, objects: objects.size };
}

/** Records a message. @returns the objects in it that are to be looked at @throws Fault where it was refused */
async function take(services: Parts['services'], message: BatchMessage): Promise<Omit<ObjectJob, 'attempt'>[]> {
  const objects: Omit<ObjectJob, 'attempt'>[] = [];
  const enqueue: MessageServices['enqueue'] = async (_tx, jobs) => {
    objects.push(...jobs.map(({ bucket, key, at }) => ({ bucket, key, at: new Date(at) })));
    return jobs.length;
  };
  const taken = await takeIn({ ...services, enqueue }, message, { door: 'lambda', sender: message.queue });
  if (taken instanceof Fault) throw taken;
  return objects;
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
