import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, mock, test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/ports.ts';
import type { KnownOriginal } from '../ledger/originals.ts';
import { type FeedHub, type FeedSource, openFeedHub } from './feed-hub.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

let hub: FeedHub;
/** Requests whose token no longer holds, by their path. */
const unwelcome = new Set<string>();
let read: number[][] = [];
let release: (() => void) | undefined;
let failing = false;

const source: FeedSource = {
  async readOriginals(ids) {
    if (ids.length > 0) read.push(ids);
    if (failing) throw new Error('away');
    if (release === undefined && ids.includes(1)) await new Promise<void>((resolve) => (release = resolve));
    return ids.map((id) => ({ id }) as KnownOriginal);
  },
  readRuns: async () => [],
  presentObject: ({ id }) => ({ id }),
  presentRun: () => ({}),
  isWelcome: async (request) => !unwelcome.has((request as unknown as IncomingMessage).url ?? ''),
};

const server = createServer((request, response) => {
  try {
    hub.admit(request as unknown as FastifyRequest)(response);
  } catch (error) {
    response.writeHead(error instanceof Fault ? 503 : 500).end();
  }
});
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval'] });
  hub = openFeedHub(source, log);
  read = [];
  release = undefined;
  failing = false;
});

afterEach(() => {
  hub.close();
  mock.timers.reset();
});

async function follow(path: string) {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    status: response.status,
    /** Everything heard up to this word, or to the end. */
    async until(word: string): Promise<string> {
      while (!text.includes(word)) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) break;
        text += value;
      }
      return text;
    },
  };
}

test('what is announced while rows are read is gathered, and read once however often it was announced', async () => {
  const feed = await follow('/');
  hub.onOriginals([1]);
  hub.onOriginals([2, 3]);
  hub.onOriginals([3, 2]);
  while (!release) await new Promise((resolve) => setImmediate(resolve));
  release();
  const text = await feed.until('"id":3');
  assert.deepEqual(read, [[1], [2, 3]]);
  assert.match(text, /event: object\ndata: \{"id":1\}\n\nevent: object\ndata: \{"id":2\}\n\n/);
});

test('nobody listening, nothing is read', () => {
  hub.onOriginals([1, 2, 3]);
  assert.deepEqual(read, []);
});

test('more than can be told one by one is told as: fetch again', async () => {
  const feed = await follow('/');
  hub.onOriginals([1]);
  hub.onOriginals(Array.from({ length: 2500 }, (_, index) => index + 10));
  assert.match(await feed.until('resync'), /event: resync\ndata: \{\}/);
  release?.();
});

test('rows that cannot be read are told as: fetch again', async () => {
  const feed = await follow('/');
  failing = true;
  hub.onOriginals([5]);
  await feed.until('event: resync');
});

test('at each heartbeat whoever is no longer welcome is shown out', async () => {
  const [stays, goes] = await Promise.all([follow('/stays'), follow('/goes')]);
  unwelcome.add('/goes');
  mock.timers.tick(15_000);
  assert.doesNotMatch(await goes.until('never said'), /event:/);
  hub.onGap();
  assert.match(await stays.until('event: resync'), /: still here\n\n/);
});

test('the two hundred and first follower is told to come back', async () => {
  const feeds = await Promise.all(Array.from({ length: 200 }, () => follow('/')));
  assert.equal((await follow('/')).status, 503);
  hub.close();
  await Promise.all(feeds.map((feed) => feed.until('never said')));
});
