// Takes messages in their normal form: all their objects and timers, or none of them, in one transaction.
import { randomUUID } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import { explainSource, matches, type Pipeline } from '../domain/pipeline.ts';
import type { Log } from '../domain/ports.ts';
import { keptPayload } from './kept-payload.ts';
import type { Message, Provenance } from './message.ts';
import { type AnyDatabase, type AnyTransaction, type Enqueue, type EventRow, enqueueOnce, recordEvents } from './receive.ts';
import { createRunsWithin, type EnqueueRun } from './run.ts';

/** What became of messages. */
export interface Received {
  /** Objects that a pipeline has in its source, and runs begun or already under way. */
  received: number;
  /** Objects of no pipeline's source. */
  ignored: number;
}

export interface MessageServices {
  db: AnyDatabase;
  pipelines: Pipeline[];
  enqueue: Enqueue;
  enqueueRun: EnqueueRun;
  /** There may be work. */
  wake(): void;
  log: Log;
}

/** Messages that came as one, with what was received. */
export interface Envelope {
  messages: Message[];
  /** As received; history keeps the beginning. */
  payload?: string | undefined;
}

type Row = EventRow & { at: Date };

/**
 * Records what came and enqueues its work. A message that comes twice is written down twice, and does no harm.
 * @throws Fault `invalid` where a timer names a pipeline that there is not: then nothing was done
 */
export async function receiveMessages(services: MessageServices, messages: Message[], from: Provenance): Promise<Received> {
  const [received] = await receiveEnvelopes(services, [{ messages, payload: from.payload }], from);
  return received as Received;
}

/** As above, for several at once: all of them or none. @returns what became of each */
export async function receiveEnvelopes(
  services: MessageServices,
  envelopes: Envelope[],
  from: Pick<Provenance, 'door' | 'sender'>,
): Promise<Received[]> {
  const { db, pipelines, enqueue, wake, log } = services;
  for (const { messages } of envelopes) refuseUnknown(messages, pipelines);
  const at = new Date();
  const recorded = await db.transaction().execute(async (tx) => {
    const timed = envelopes.flatMap(({ messages }) => messages.flatMap((message) => timersOf(message, pipelines)));
    // A run that is under way is not begun again: it ends the new event as well.
    const runs = await createRunsWithin(tx, [...new Set(timed)], 'cron', services.enqueueRun);
    const recorded = envelopes.map((envelope) => rowsOf(envelope, pipelines, runs, { ...from, at }));
    const rows = recorded.flat();
    await recordEvents(tx, rows);
    const objects = rows.flatMap(({ bucket, key, result }) =>
      bucket !== undefined && key !== undefined && result === undefined ? [{ bucket, key, at }] : [],
    );
    await enqueueOnce(tx, enqueue, objects);
    return recorded;
  });
  const counts = recorded.map((rows) => ({
    received: rows.filter(({ result }) => result === undefined).length,
    ignored: rows.filter(({ result }) => result === 'ignored').length,
  }));
  if (counts.some(({ received }) => received > 0)) wake();
  for (const [index, { messages }] of envelopes.entries()) {
    const { door, sender } = from;
    log.info({ door, sender, formats: formatsOf(messages), ids: idsOf(messages), ...counts[index] }, 'message received');
  }
  return counts;
}

function rowsOf(
  { messages, payload }: Envelope,
  pipelines: Pipeline[],
  runs: Map<string, { id: number }>,
  { door, sender, at }: Pick<Provenance, 'door' | 'sender'> & { at: Date },
): Row[] {
  // What came together is one message, which is kept once.
  const common = { door, sender, at, message: randomUUID() };
  const rows = messages.flatMap((message) => {
    const told = { ...common, format: message.format, sentId: message.id };
    return eventsOf(message, pipelines, runs).map((event) => ({ ...told, ...event }));
  });
  const [first] = rows;
  if (first && payload !== undefined) first.payload = keptPayload(payload);
  return rows;
}

/** The message itself is at fault: sent again, it would be refused again. */
export function isRefusal(thrown: unknown): thrown is Fault {
  return thrown instanceof Fault && ['invalid', 'too_large', 'unsupported'].includes(thrown.code);
}

/**
 * Writes down that a message was refused, and why.
 * @param kind `cron` at a door for timers alone; elsewhere nobody knows what it was meant to be
 */
export async function rejectMessage(
  { db, log }: Pick<MessageServices, 'db' | 'log'>,
  { door, sender, payload }: Provenance,
  reason: string,
  kind: 'rejected' | 'cron' = 'rejected',
): Promise<void> {
  log.warn({ door, sender, reason }, 'message refused');
  // Whatever was sent may stand in it, and PostgreSQL holds neither NUL nor half a character.
  const detail = reason.slice(0, 1000).replaceAll('\0', '\ufffd').toWellFormed();
  const kept = payload === undefined ? undefined : keptPayload(payload);
  const row = { door, sender, payload: kept, kind, result: 'rejected', detail, at: new Date() } as const;
  await db.transaction().execute((tx) => recordEvents(tx, [row]));
}

/** A schedule of the configuration falls due: a timer like any other, within the transaction that settles its job. */
export async function receiveDue(tx: AnyTransaction, pipeline: string, enqueueRun: EnqueueRun): Promise<void> {
  const runs = await createRunsWithin(tx, [pipeline], 'schedule', enqueueRun);
  await recordEvents(tx, [{ door: 'schedule', kind: 'cron', pipeline, run: runs.get(pipeline)?.id, at: new Date() }]);
}

function eventsOf(
  message: Message,
  pipelines: Pipeline[],
  runs: Map<string, { id: number }>,
): Omit<EventRow, 'door' | 'message'>[] {
  if (message.kind === 'test') return [{ kind: 'test', result: 'unchanged', detail: 'a test of the way here' }];
  if (message.kind === 'objects') {
    return message.objects.map((object) => ({ ...object, ...explainIgnored(pipelines, object) }));
  }
  return timersOf(message, pipelines).map((pipeline) => ({ kind: 'cron', pipeline, run: runs.get(pipeline)?.id }));
}

/** The pipelines whose sources a message says are to be swept. */
function timersOf(message: Message, pipelines: Pipeline[]): string[] {
  if (message.kind !== 'cron') return [];
  return message.pipelines === 'all' ? pipelines.map(({ name }) => name) : [...new Set(message.pipelines)];
}

/** Nothing where a pipeline takes the object. */
function explainIgnored(pipelines: Pipeline[], { bucket, key }: { bucket: string; key: string }): Partial<Row> {
  if (pipelines.some((pipeline) => matches(pipeline, bucket, key))) return {};
  const why = pipelines.map((pipeline) => `${pipeline.name}: ${explainSource(pipeline, bucket, key).why}`);
  return { result: 'ignored', detail: `no pipeline takes it; ${why.join('; ')}`.slice(0, 1000).toWellFormed() };
}

function refuseUnknown(messages: Message[], pipelines: Pipeline[]): void {
  const names = pipelines.map(({ name }) => name);
  const named = messages.flatMap((message) => (message.kind === 'cron' && message.pipelines !== 'all' ? message.pipelines : []));
  const unknown = named.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new Fault('invalid', `there is no pipeline "${unknown}"`, { mend: `there are: ${names.join(', ')}` });
}

function formatsOf(messages: Message[]): string {
  return [...new Set(messages.map(({ format }) => format))].join(', ');
}

/** Enough of them to find the message again at its sender. */
function idsOf(messages: Message[]): string[] {
  return messages.flatMap(({ id }) => (id === undefined ? [] : [id])).slice(0, 10);
}
