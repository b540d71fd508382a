import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer } from '../../test/http-server.ts';
import { openHttp } from './server.ts';

let rig: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  rig = await startTestServer();
});
after(() => rig.stop());

test('a server that is to stop finishes what is under way and takes no more', { timeout: 20_000 }, async () => {
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<{ waiting: number; active: number }>();
  const http = await openHttp({
    ...rig.services,
    depth() {
      reached.resolve();
      return held.promise;
    },
  });
  const { port } = await http.listen('127.0.0.1', 0);
  const url = `http://127.0.0.1:${port}/api/v1`;
  const slow = fetch(`${url}/stats`, { headers: rig.bearer });
  const feed = (await fetch(`${url}/feed`, { headers: rig.bearer })).text();
  await reached.promise;

  const closed = http.close();
  await feed;
  const isTaken = () =>
    fetch(`${url}/session`).then(
      ({ status }) => status === 200,
      () => false,
    );
  while (await isTaken());
  held.resolve({ waiting: 7, active: 0 });
  const answer = await slow;
  assert.equal(answer.status, 200);
  assert.equal(((await answer.json()) as { queue: { waiting: number } }).queue.waiting, 7);
  await closed;
});

test('a port that is taken is told as such', async () => {
  const [one, two] = [await openHttp(rig.services), await openHttp(rig.services)];
  const { port } = await one.listen('127.0.0.1', 0);
  await assert.rejects(two.listen('127.0.0.1', port), { code: 'EADDRINUSE' });
  await Promise.all([one.close(), two.close()]);
});

test('a request that does not arrive is given up after a minute', () => {
  assert.equal(rig.app.server.requestTimeout, 60_000);
});
