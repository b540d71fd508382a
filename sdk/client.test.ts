import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture, startTestServer } from '../test/http-server.ts';
import { answer, createPixmill, everyItem, type Pixmill } from './client.ts';
import { ProblemError } from './problem.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
let pixmill: Pixmill;
before(async () => {
  server = await startTestServer();
  pixmill = createPixmill({ url: `${await server.app.listen({ host: '127.0.0.1', port: 0 })}/`, token: server.token });
  for (const key of ['a.png', 'b.png', 'c.png']) {
    await server.put('pictures', key, await picture());
    await server.work('pictures', key);
  }
});
after(() => server.stop());

test('an answer is typed data, and a problem is thrown with its mend', async () => {
  const { items } = await answer(pixmill.GET('/api/v1/objects', { params: { query: { q: 'b.' } } }));
  assert.equal(items[0]?.key, 'b.png');
  await assert.rejects(
    answer(pixmill.POST('/api/v1/runs', { body: { pipeline: 'nope' } })),
    (error) =>
      error instanceof ProblemError &&
      error.status === 404 &&
      error.code === 'not_found' &&
      error.mend === 'there are: thumbnail, scans',
  );
  await assert.rejects(
    answer(pixmill.GET('/api/v1/objects', { params: { query: { limit: 0 } } })),
    (error) => error instanceof ProblemError && error.faults[0]?.field === 'query.limit',
  );
});

test('every item comes, page after page', async () => {
  const keys: string[] = [];
  const page = (cursor?: string) =>
    pixmill.GET('/api/v1/objects', { params: { query: { limit: 2, ...(cursor && { cursor }) } } });
  for await (const object of everyItem(page)) keys.push(object.key);
  assert.deepEqual(keys.toSorted(), ['a.png', 'b.png', 'c.png']);
});

test('an answer without a body is no fault', async () => {
  const made = await answer(pixmill.POST('/api/v1/tokens', { body: { kind: 'api', name: 'short-lived' } }));
  await answer(pixmill.DELETE('/api/v1/tokens/{id}', { params: { path: { id: made.id } } }));
});

test('bytes are asked for as a blob, and sent as they are', async () => {
  const body = new Blob([new Uint8Array(await picture(40, 20))], { type: 'image/png' });
  const rendered = await answer(
    pixmill.POST('/api/v1/render', {
      params: { query: { recipe: JSON.stringify({ resize: { width: 10 }, format: 'jpeg' }) } },
      body,
      bodySerializer: (bytes) => bytes,
      headers: { 'content-type': 'image/png' },
      parseAs: 'blob',
    }),
  );
  assert.deepEqual([...new Uint8Array(await rendered.arrayBuffer())].slice(0, 3), [0xff, 0xd8, 0xff]);
});

test('something else at the address is a problem too', async () => {
  const other = createPixmill({ url: 'http://x', fetch: async () => new Response('<html>', { status: 502 }) });
  await assert.rejects(
    answer(other.GET('/api/v1/stats')),
    (error) => error instanceof ProblemError && error.message === 'the server answered 502',
  );
});
