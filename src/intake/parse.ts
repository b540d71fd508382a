// Understands a message by its shape, whoever sent it and in whatever it is wrapped. Nothing is looked up, nothing is fetched.
import { Fault } from '../domain/fault.ts';
import { cloudEvent, isBinary, readBinary } from './formats/cloud-event.ts';
import { cloudStorage } from './formats/cloud-storage.ts';
import { cos } from './formats/cos.ts';
import { PING, readCron } from './formats/cron.ts';
import { eventBridge } from './formats/event-bridge.ts';
import { eventGrid } from './formats/event-grid.ts';
import { type Format, type Inner, invalid, isBody } from './formats/fields.ts';
import { plain } from './formats/plain.ts';
import { s3, s3Test } from './formats/s3.ts';
import { sns, snsRecords } from './formats/sns.ts';
import { sqs, sqsRecords } from './formats/sqs.ts';
import type { Message } from './message.ts';

/** Bytes of a message: twice what SNS lets through, since envelopes escape what they hold. */
export const MAX_MESSAGE_BYTES = 512 * 1024;

/** A notification, in SNS, in SQS. */
const MAX_LEVELS = 3;

/** The first that recognises a message reads it, so those that are told apart by the most come first. */
const FORMATS: readonly Format[] = [
  sqsRecords,
  snsRecords,
  s3,
  s3Test,
  sns,
  sqs,
  cloudEvent,
  eventBridge,
  cloudStorage,
  eventGrid,
  cos,
  plain,
];

/** A message as it came. */
export interface RawMessage {
  /** By their names in lower case; only those of CloudEvents (`ce-…`) are looked at. A message of a queue has none. */
  headers: Record<string, string | undefined>;
  body: string;
}

/**
 * Reads a message; a batch gives several, in its order.
 * @throws Fault `invalid`, which names the field that is wrong; `too_large`; `unsupported` where there is no message at all
 */
export function parseMessages({ headers, body }: RawMessage): Message[] {
  const value = readJson(body);
  // The headers wrap nothing: what is in the body is not one level deeper.
  if (isBinary(headers)) return readBinary(headers, value ?? (body || undefined), innerOf(0));
  if (body === '' || value === null || (isBody(value) && Object.keys(value).length === 0)) {
    throw new Fault('unsupported', 'there is no message', { mend: 'send the event as the body of the request' });
  }
  return readValue(value ?? body, 1);
}

/** Reads what came to the address for timers: that means a timer, whatever else it says. */
export function parseTimer({ headers, body }: RawMessage): Message[] {
  const value = readJson(body);
  const timed: Inner = (content) => [readCron(typeof content === 'string' ? readJson(content) : content)];
  if (isBinary(headers)) return readBinary({ ...headers, ...(headers['ce-type'] && { 'ce-type': PING }) }, value, timed);
  if (!isBody(value)) return [readCron(undefined)];
  if (cloudEvent.recognises(value)) return cloudEvent.read({ ...value, ...(value.type !== undefined && { type: PING }) }, timed);
  if (sns.recognises(value)) return sns.read(value, timed);
  return [readCron(value)];
}

export function tooLarge(): Fault {
  return new Fault('too_large', `the message has more than ${MAX_MESSAGE_BYTES} bytes`, { mend: 'send fewer events at once' });
}

function readValue(content: unknown, level: number): Message[] {
  if (level > MAX_LEVELS) throw invalid('', `is wrapped more than ${MAX_LEVELS} deep`);
  const value = typeof content === 'string' ? readJson(content) : content;
  if (value === undefined) throw invalid('', 'is not JSON');
  if (Array.isArray(value)) return value.flatMap((one, index) => within(`[${index}]`, () => readOne(one, level)));
  return readOne(value, level);
}

function readOne(value: unknown, level: number): Message[] {
  const format = isBody(value) ? FORMATS.find((one) => one.recognises(value)) : undefined;
  if (!format) throw invalid('', 'is of no format that is understood');
  return format.read(value as Record<string, unknown>, innerOf(level));
}

function innerOf(level: number): Inner {
  return (content, field) => within(field, () => readValue(content, level + 1));
}

/** Says where a fault lies. */
function within<Result>(field: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.code, `${field}: ${error.message}`, error.mend === undefined ? {} : { mend: error.mend });
  }
}

/** Undefined where it is not JSON. */
function readJson(text: string): unknown {
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) throw tooLarge();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
