import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer } from '../../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

test('a run is started, is under way once, shows as the last one of its pipeline, and is cancelled', async () => {
  const started = await server.api('POST', '/runs', { pipeline: 'thumbnail' });
  assert.equal(started.statusCode, 202, started.body);
  const run = started.json();
  assert.deepEqual([run.pipeline, run.trigger, run.state, run.finishedAt], ['thumbnail', 'api', 'running', null]);
  assert.equal((await server.api('POST', '/runs', { pipeline: 'thumbnail' })).json().id, run.id);
  assert.equal((await server.api('GET', `/runs/${run.id}`)).json().id, run.id);
  const { items } = (await server.api('GET', '/pipelines')).json();
  assert.equal(items[0].lastRun.id, run.id);

  const cancelled = await server.api('POST', `/runs/${run.id}/cancel`);
  assert.equal(cancelled.statusCode, 200, cancelled.body);
  assert.equal(cancelled.json().state, 'cancelled');
  assert.ok(cancelled.json().finishedAt);
  const again = await server.api('POST', `/runs/${run.id}/cancel`);
  assert.equal(again.statusCode, 404);
});

test('runs come newest first, in pages, of one pipeline or of all', async () => {
  for (const pipeline of ['scans', 'thumbnail', 'scans']) {
    const { id } = (await server.api('POST', '/runs', { pipeline })).json();
    await server.api('POST', `/runs/${id}/cancel`);
  }
  const first = (await server.api('GET', '/runs?pipeline=scans&limit=1')).json();
  const second = (await server.api('GET', `/runs?pipeline=scans&limit=1&cursor=${first.next}`)).json();
  assert.ok(first.items[0].id > second.items[0].id);
  assert.equal(second.next, null);
  const { items } = (await server.api('GET', '/runs')).json();
  assert.ok(['scans', 'thumbnail'].every((name) => items.some(({ pipeline }: { pipeline: string }) => pipeline === name)));
});

test('the runs of a pipeline are started and listed under its own address too', async () => {
  const started = await server.api('POST', '/pipelines/thumbnail/runs');
  assert.equal(started.statusCode, 202, started.body);
  const { id, changed, queued } = started.json();
  assert.deepEqual([changed, queued], [0, 0]);
  assert.equal((await server.api('POST', '/runs', { pipeline: 'thumbnail' })).json().id, id);
  assert.equal((await server.api('GET', '/pipelines/thumbnail/runs?limit=1')).json().items[0].id, id);
  await server.api('POST', `/runs/${id}/cancel`);
  assert.equal((await server.api('POST', '/pipelines/nope/runs')).statusCode, 404);
  assert.equal((await server.api('GET', '/pipelines/nope/runs')).statusCode, 404);
});

test('a browser’s run says that the page started it', async () => {
  const headers = { cookie: await server.signIn(), 'sec-fetch-site': 'same-origin' };
  const answer = await server.app.inject({ method: 'POST', url: '/api/v1/runs', headers, payload: { pipeline: 'scans' } });
  assert.equal(answer.json().trigger, 'page');
});

test('a pipeline or a run that is not there is 404; a request without its pipeline is 400', async () => {
  assert.equal((await server.api('POST', '/runs', { pipeline: 'nope' })).statusCode, 404);
  assert.equal((await server.api('GET', '/runs/99999')).statusCode, 404);
  assert.equal((await server.api('POST', '/runs/99999/cancel')).statusCode, 404);
  assert.equal((await server.api('POST', '/runs', {})).statusCode, 400);
  assert.equal((await server.api('POST', '/runs')).statusCode, 400);
});
