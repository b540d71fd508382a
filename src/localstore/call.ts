// One request on its way: what it asks, who asks, and how it is answered.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kysely } from 'kysely';
import type { Log } from '../domain/ports.ts';
import type { Address } from './address.ts';
import type { Identity } from './authenticate.ts';
import type { Blobs } from './blobs.ts';
import type { BucketCors } from './bucket-cors.ts';
import type { Form } from './form.ts';
import type { Garbage } from './garbage.ts';
import type { ObjectIndex } from './index-reads.ts';
import type { Keys } from './keys.ts';
import type { Lane } from './lane.ts';
import { invalidArgument } from './s3-error.ts';
import type { StoreTables } from './tables.ts';

/** What operations work with. */
export interface Services {
  db: Kysely<StoreTables>;
  keys: Keys;
  blobs: Blobs;
  garbage: Garbage;
  index: ObjectIndex;
  lane: Lane;
  cors: BucketCors;
  /** The region that this store is in. */
  region: string;
  log: Log;
}

export interface Call extends Pick<Address, 'bucket' | 'key' | 'query'> {
  services: Services;
  request: IncomingMessage;
  response: ServerResponse;
  /** Names this request in answers and in the log. */
  id: string;
  method: string;
  address: Address;
  /** By lower-case name, one character per byte; several of one name joined by a comma. */
  headers: Record<string, string>;
  identity: Identity;
  /** Where the body is a form, and the identity that of whoever signed its policy. */
  form: Form | undefined;
  /** True until the client that asked for `100 Continue` has got it. */
  expectsContinue: boolean;
  /** Headers of every answer to this request. */
  always: Record<string, string>;
}

/** Answers a proven request. */
export type Operation = (call: Call) => Promise<void>;

export type ReplyHeaders = Record<string, string | number>;

/** Ends the answer with headers only. */
export function sendEmpty(call: Call, status: number, headers: ReplyHeaders = {}): void {
  // 204 and 304 have no length by definition.
  const length = status === 204 || status === 304 ? undefined : { 'content-length': 0 };
  call.response.writeHead(status, { ...call.always, ...length, ...headers });
  call.response.end();
}

/** Ends the answer with an XML document. */
export function sendXml(call: Call, status: number, xml: string, headers: ReplyHeaders = {}): void {
  const body = Buffer.from(xml);
  call.response.writeHead(status, {
    ...call.always,
    'content-type': 'application/xml',
    'content-length': body.length,
    ...headers,
  });
  call.response.end(call.method === 'HEAD' ? undefined : body);
}

const MAX_NUMBER = 2 ** 31 - 1;
/** Where S3's errors call a parameter by another name. */
const CALLED: Record<string, string> = { 'max-keys': 'maxKeys' };

/** Reads a whole number of the query. Throws `InvalidArgument` outside `0…2^31-1`; more than `most` counts as `most`. */
export function queryNumber(call: Call, name: string, otherwise: number, most: number): number {
  const text = call.query.get(name);
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (/^-\d{1,10}$/.test(text) && value < 0) {
    const called = CALLED[name] ?? name;
    throw invalidArgument(called, text, `Argument ${called} must be an integer between 0 and ${MAX_NUMBER}`);
  }
  if (!/^-?\d{1,10}$/.test(text) || value > MAX_NUMBER) {
    throw invalidArgument(name, text.slice(0, 100), `Provided ${name} not an integer or within integer range`);
  }
  return Math.min(value, most);
}
