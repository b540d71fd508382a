// Follows the feed of server-sent events over fetch, in Node and in browsers, and comes back when the connection is lost.
import { ProblemError } from './problem.ts';
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type FeedEvent =
  | { type: 'object'; data: Schemas['StoredObject'] }
  | { type: 'run'; data: Schemas['Run'] }
  /** Events were received, or answered: the history of events has changed. */
  | { type: 'events' }
  /** Something was or may have been missed (a new connection among other reasons): fetch again what you show. */
  | { type: 'resync' };

export interface FeedOptions {
  signal?: AbortSignal;
}

export interface FeedSource {
  url: string;
  headers: Record<string, string>;
  fetch: typeof globalThis.fetch;
}

/** The server speaks every 15 seconds; a connection silent for so many milliseconds is dead, whatever it looks like. */
const SILENCE_MS = 40_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** Longest event in characters; the server's are far below. */
const MAX_EVENT = 1_000_000;

/**
 * Yields `resync` first and after each new connection, since nothing is replayed. Lost connections and a server that is away
 * are waited out.
 * @throws ProblemError where the server refuses: not signed in, say
 */
export async function* followFeed(source: FeedSource, { signal }: FeedOptions): AsyncGenerator<FeedEvent, void, undefined> {
  let pause = FIRST_PAUSE_MS;
  while (!signal?.aborted) {
    try {
      for await (const event of connect(source, signal)) {
        pause = FIRST_PAUSE_MS;
        yield event;
      }
    } catch (error) {
      if (error instanceof ProblemError && error.status < 500 && error.status !== 429) throw error;
    }
    await sleep(pause, signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

async function* connect({ url, headers, fetch }: FeedSource, outer: AbortSignal | undefined): AsyncGenerator<FeedEvent> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error('the feed fell silent')), SILENCE_MS);
  };
  heard();
  try {
    const signal = outer ? AbortSignal.any([outer, silence.signal]) : silence.signal;
    const response = await fetch(url, { headers: { ...headers, accept: 'text/event-stream' }, signal });
    if (!response.ok || !response.body) {
      throw new ProblemError(response.status, await response.json().catch(() => undefined));
    }
    yield { type: 'resync' };
    yield* parseEvents(response.body, heard);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/**
 * Reads server-sent events out of bytes, however they are cut.
 * @param heard is called for each piece that arrives
 */
export async function* parseEvents(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<FeedEvent> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      if (rest.length > MAX_EVENT) throw new Error('the feed sent an event without end');
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Undefined for comments, and for kinds of event that a newer server may send. */
function parseEvent(block: string): FeedEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
  }
  const data = fields.get('data');
  switch (fields.get('event')) {
    case 'object':
      return { type: 'object', data: JSON.parse(data ?? 'null') as Schemas['StoredObject'] };
    case 'run':
      return { type: 'run', data: JSON.parse(data ?? 'null') as Schemas['Run'] };
    case 'events':
      return { type: 'events' };
    case 'resync':
      return { type: 'resync' };
    default:
      return undefined;
  }
}

/** Ends early where the caller has had enough. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
