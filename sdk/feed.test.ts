import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FeedEvent, followFeed, parseEvents } from './feed.ts';
import { ProblemError } from './problem.ts';

const TEXT = [
  'retry: 2000\n: welcome\n\n',
  'event: object\ndata: {"key":"schön 猫.png"}\n\n',
  ': still here\n\n',
  'event: novelty\ndata: {}\n\n',
  'event: resync\ndata: {}\n\n',
  'event: run\ndata: {"id":1}\n\n',
].join('');

function bodyOf(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

test('events are read alike however the bytes are cut', async () => {
  const bytes = new TextEncoder().encode(TEXT);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.slice(places[index], end));
      let heard = 0;
      const events = await all(parseEvents(bodyOf(chunks), () => heard++));
      assert.deepEqual(events, [
        { type: 'object', data: { key: 'schön 猫.png' } },
        { type: 'resync' },
        { type: 'run', data: { id: 1 } },
      ]);
      assert.equal(heard, chunks.length);
    }),
  );
});

test('an event without end is not collected for ever', async () => {
  const chunk = new Uint8Array(300_000).fill(97);
  await assert.rejects(all(parseEvents(bodyOf([chunk, chunk, chunk, chunk]), () => {})), /without end/);
});

test('a lost connection is opened again with a resync; being refused ends it', async () => {
  let calls = 0;
  const fetch = async (): Promise<Response> => {
    calls++;
    if (calls === 1) return new Response(bodyOf([new TextEncoder().encode(TEXT)]));
    if (calls === 2) throw new TypeError('fetch failed');
    return Response.json({ status: 401, code: 'unauthenticated', detail: 'no' }, { status: 401 });
  };
  const seen: FeedEvent['type'][] = [];
  await assert.rejects(
    async () => {
      for await (const event of followFeed({ url: 'http://x', headers: {}, fetch }, {})) seen.push(event.type);
    },
    (error) => error instanceof ProblemError && error.code === 'unauthenticated',
  );
  assert.deepEqual(seen, ['resync', 'object', 'resync', 'run']);
  assert.equal(calls, 3);
});

test('the caller ends it at any time', async () => {
  const stop = new AbortController();
  const fetch = (_: unknown, options?: RequestInit) =>
    new Promise<Response>((_resolve, reject) => {
      options?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  const ended = all(followFeed({ url: 'http://x', headers: {}, fetch }, { signal: stop.signal }));
  stop.abort();
  assert.deepEqual(await ended, []);
});
