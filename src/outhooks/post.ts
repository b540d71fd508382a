// One POST to somebody else's server: to an address that was checked, without following where it leads, within bounds.
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { isPublic } from './addresses.ts';

/** From the first question for the address to the head of the answer, in milliseconds. */
const TIMEOUT_MS = 10_000;
/** Bytes of the answer's body that are read, and not looked at, so that the receiver can end in peace. */
const MAX_ANSWER = 64 * 1024;

export interface Posting {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Addresses of the machine and of its networks are allowed too. */
  allowPrivate: boolean;
  timeoutMs?: number;
}

export interface Answer {
  status: number;
  /** The header `Retry-After`, as it came. */
  retryAfter: string | undefined;
}

/** @throws Error with a message fit for people, where there was no answer */
export function post({ url, headers, body, allowPrivate, timeoutMs = TIMEOUT_MS }: Posting): Promise<Answer> {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  // Names are checked as they are looked up; an address is never looked up.
  if (!allowPrivate && isIP(host) && !isPublic(host)) return Promise.reject(refused(host));
  const { request: begin } = target.protocol === 'https:' ? https : http;
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const request = begin(target, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      // A connection for each: what is connected to is what was checked just now.
      agent: false,
      signal,
      ...(!allowPrivate && { lookup: lookupPublic }),
    });
    request.once('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      resolve({ status, retryAfter: headers['retry-after'] });
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > MAX_ANSWER) request.destroy();
      });
      // Whatever becomes of the rest: the answer is known.
      response.on('error', () => {});
    });
    request.on('error', (error) => {
      reject(signal.aborted ? new Error(`it did not answer within ${timeoutMs / 1000} s`) : new Error(describe(error)));
    });
    request.end(body);
  });
}

type Found = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** Looks a name up, and hands on only what is public: nothing else is connected to, whatever the name leads to a moment later. */
function lookupPublic(hostname: string, options: LookupOptions, found: Found): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return found(error, []);
    const allowed = addresses.filter(({ address }) => isPublic(address));
    const [first] = allowed;
    if (!first) return found(refused(addresses.map(({ address }) => address).join(', ')), []);
    if (options.all) found(null, allowed);
    else found(null, first.address, first.family);
  });
}

function refused(addresses: string): Error {
  return new Error(`${addresses} is no public address, and the out-hook does not say allowPrivate`);
}

/** Several addresses that were tried have their errors in one. */
function describe(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(({ message }: Error) => message).join('; ') : error.message;
}
