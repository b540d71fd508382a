// CloudEvents 1.0 (github.com/cloudevents/spec): the envelope, and events of which nothing is known but which name an object.
import { z } from 'zod';
import type { Message } from '../message.ts';
import { cos } from './cos.ts';
import { PING, readCron } from './cron.ts';
import { readBlobEvent } from './event-grid.ts';
import {
  type Body,
  bucketName,
  etag,
  type Format,
  type Inner,
  invalid,
  isBody,
  label,
  named,
  notice,
  objectKey,
  quoted,
  readShape,
  size,
} from './fields.ts';

const specversion = z.string().regex(/^1\.\d{1,4}$/, 'is not 1.0');

/** The attributes that each event must have; a subject may be any text. */
const shape = z.object({ specversion, id: label, source: label, type: label, subject: z.string().max(4096).optional() });

type CloudEvent = z.output<typeof shape>;

/** The form in which the whole event is JSON. */
export const cloudEvent: Format = {
  recognises: (body) => body.specversion !== undefined,
  read(body, inner) {
    return readEvent(readShape(shape, body), dataOf(body), inner);
  },
};

/** True where the event's attributes are headers, and the body is its data. */
export function isBinary(headers: Record<string, string | undefined>): boolean {
  return ATTRIBUTES.some((name) => headers[`ce-${name}`] !== undefined);
}

const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'subject'] as const;

/** @param data undefined where the body is empty, and text where it is not JSON */
export function readBinary(headers: Record<string, string | undefined>, data: unknown, inner: Inner): Message[] {
  const given = ATTRIBUTES.flatMap((name) => {
    const value = headers[`ce-${name}`];
    return value === undefined ? [] : [[`ce-${name}`, decodeHeader(`ce-${name}`, value)]];
  });
  const header = z.object({
    'ce-specversion': specversion,
    'ce-id': label,
    'ce-source': label,
    'ce-type': label,
    'ce-subject': shape.shape.subject,
  });
  const said = readShape(header, Object.fromEntries(given));
  const event = { specversion: said['ce-specversion'], id: said['ce-id'], source: said['ce-source'], type: said['ce-type'] };
  return readEvent({ ...event, subject: said['ce-subject'] }, data, inner);
}

/** Values of headers are percent-encoded (HTTP binding, 3.1.3.2); some senders leave UTF-8 as it is. */
function decodeHeader(name: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a header's bytes may be
  const text = /^[\u0000-\u00ff]*$/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(name, `${quoted(text)} is not percent-encoded`);
  }
}

function dataOf({ data, data_base64: base64 }: Body): unknown {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString('utf8') : data;
}

function readEvent(event: CloudEvent, data: unknown, inner: Inner): Message[] {
  const { id, type } = event;
  if (type === PING) return [readCron(parsed(data), id)];
  if (/^Microsoft\.(Storage|EventGrid)\./.test(type)) return [readBlobEvent({ ...event, data: parsed(data) })];
  if (type.startsWith('com.ibm.cloud.cos.')) return [readCosEvent(event, parsed(data))];
  const body = parsed(data);
  if (isBody(body) && namesObject(body, event.subject)) return [readObjectEvent(event, body)];
  // Not an object's: then its data is a message of some other format.
  if (data !== undefined && data !== null) return inner(data, 'data').map((message) => ({ ...named(id), ...message }));
  throw invalid('data', 'is missing: it names the object');
}

/** Data may come as text in which the JSON is. */
function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function readCosEvent(event: CloudEvent, data: unknown): Message {
  const [message] = isBody(data) ? cos.read(data, () => []) : [readCosAttributes(event)];
  // The same on a replay, which the store's own name for its request is not.
  return { ...(message as Message), id: event.id };
}

/** The attributes alone name the object too: the source ends with the bucket, and the subject is the key. */
function readCosAttributes({ type, source, subject }: CloudEvent): Message {
  const bucket = readShape(bucketName, source.slice(source.lastIndexOf('/') + 1), 'source');
  const key = readShape(objectKey, subject, 'subject');
  return { kind: 'objects', format: 'cos', objects: [notice(type.endsWith('.delete') ? 'delete' : 'put', bucket, key)] };
}

/** Bucket and key as most senders write them; Cloud Storage's events say `name`, and leave out nothing. */
const objectData = z.object({
  bucket: z.union([bucketName, z.object({ name: bucketName }).transform(({ name }) => name)], 'is no name of a bucket'),
  key: objectKey.optional(),
  name: objectKey.optional(),
  etag,
  size,
});

function namesObject({ bucket, key, name, operation, s3 }: Body, subject: string | undefined): boolean {
  if (s3 !== undefined || operation !== undefined) return false;
  return bucket !== undefined && (key !== undefined || name !== undefined || subject !== undefined);
}

function readObjectEvent({ id, type, subject }: CloudEvent, data: Body): Message {
  const { bucket, key, name, ...known } = readShape(objectData, data, 'data');
  const kind = /(delete|remove)d?\b/i.test(type) ? 'delete' : 'put';
  const format = type.startsWith('google.cloud.storage.') ? 'cloud-storage' : 'cloud-event';
  const object = key ?? name ?? readShape(objectKey, subject, 'subject');
  // The ETag of Cloud Storage is not that of its S3.
  const about = format === 'cloud-event' ? known : { size: known.size };
  return { kind: 'objects', format, id, objects: [notice(kind, bucket, object, kind === 'put' ? about : {})] };
}
