import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { createPixmill } from '../../sdk/client.ts';
import type { FeedEvent } from '../../sdk/feed.ts';
import { ProblemError } from '../../sdk/problem.ts';
import { picture, startTestServer } from '../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
let url: string;
before(async () => {
  server = await startTestServer();
  url = await server.app.listen({ host: '127.0.0.1', port: 0 });
});
after(() => server.stop());

/** Follows the feed until the event comes that the test waits for. */
function follow() {
  const stop = new AbortController();
  const events = createPixmill({ url, token: server.token }).feed({ signal: stop.signal });
  return {
    async until(wanted: (event: FeedEvent) => boolean): Promise<FeedEvent> {
      for (;;) {
        const { value, done } = await events.next();
        assert.ok(!done, 'the feed ended');
        if (wanted(value)) return value;
      }
    },
    async stop() {
      stop.abort();
      await events.return();
    },
  };
}

test('a change of an object is shown whole, in the shape of the API', { timeout: 20_000 }, async () => {
  const feed = follow();
  await feed.until(({ type }) => type === 'resync');
  await server.put('pictures', 'fed.png', await picture());
  await server.work('pictures', 'fed.png');
  const event = await feed.until((event) => event.type === 'object' && event.data.key === 'fed.png');
  assert.ok(event.type === 'object');
  assert.deepEqual(event.data, (await server.api('GET', `/objects/${event.data.id}`)).json());
  assert.equal(event.data.renditions.length, 2);
  await feed.stop();
});

test('a run is shown as it moves', { timeout: 20_000 }, async () => {
  const feed = follow();
  await feed.until(({ type }) => type === 'resync');
  const { id } = (await server.api('POST', '/runs', { pipeline: 'scans' })).json();
  await feed.until((event) => event.type === 'run' && event.data.id === id && event.data.state === 'running');
  await server.api('POST', `/runs/${id}/cancel`);
  await feed.until((event) => event.type === 'run' && event.data.id === id && event.data.state === 'cancelled');
  await feed.stop();
});

test('events that touch no object are told of as well', { timeout: 20_000 }, async () => {
  const feed = follow();
  await feed.until(({ type }) => type === 'resync');
  await server.services.rejectMessage({ door: 'hook', sender: 'minio' }, 'no JSON');
  await feed.until(({ type }) => type === 'events');
  await feed.stop();
});

test('several follow at once, and each hears everything', { timeout: 20_000 }, async () => {
  const feeds = [follow(), follow(), follow()];
  await Promise.all(feeds.map((feed) => feed.until(({ type }) => type === 'resync')));
  await server.put('pictures', 'shared.png', await picture());
  await server.work('pictures', 'shared.png');
  await Promise.all(feeds.map((feed) => feed.until((event) => event.type === 'object' && event.data.key === 'shared.png')));
  await Promise.all(feeds.map((feed) => feed.stop()));
});

test('when the listening connection is lost and back, subscribers are told to fetch again', { timeout: 20_000 }, async () => {
  const feed = follow();
  await feed.until(({ type }) => type === 'resync');
  const { rows } = await server.services.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
  );
  assert.equal(rows.length, 1);
  await feed.until(({ type }) => type === 'resync');
  await server.put('pictures', 'after.png', await picture());
  await server.work('pictures', 'after.png');
  await feed.until((event) => event.type === 'object' && event.data.key === 'after.png');
  await feed.stop();
});

test('a stranger gets no feed, and the client says why', async () => {
  const events = createPixmill({ url, token: 'wrong' }).feed();
  await assert.rejects(
    events.next(),
    (error) => error instanceof ProblemError && error.status === 401 && error.code === 'unauthenticated',
  );
});

test('a client that does not read is dropped', { timeout: 60_000 }, async () => {
  const { db, pool } = server.services;
  const rows = Array.from({ length: 100 }, (_, index) => ({
    bucket: 'pictures',
    key: `${index}-${'k'.repeat(1000)}`,
    state: 'done' as const,
  }));
  const ids = (await db.insertInto('original').values(rows).returning('id').execute()).map(({ id }) => id);

  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  // Nothing reads what arrives, so it piles up: in the kernel first, then with the server.
  socket.pause();
  socket.write(`GET /api/v1/feed HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.token}\r\n\r\n`);
  socket.on('error', () => {});
  while (!server.lines.some(({ message }) => message.includes('does not read and is dropped'))) {
    await pool.query(`SELECT pg_notify('pixmill_feed', $1)`, [JSON.stringify({ originals: ids })]);
  }
  socket.destroy();
});

test('closing ends every feed', { timeout: 20_000 }, async () => {
  const other = await startTestServer();
  const address = await other.app.listen({ host: '127.0.0.1', port: 0 });
  const response = await fetch(`${address}/api/v1/feed`, { headers: other.bearer });
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.ok(response.headers.get('x-content-type-options'), 'with the security headers of the rest');
  const text = response.text();
  await other.stop();
  assert.match(await text, /^retry: 2000\n: welcome\n\n/);
});
