import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { picture, startTestServer } from '../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
  await mkdir(join(server.folder, 'web'), { recursive: true });
  await writeFile(join(server.folder, 'web', 'index.html'), '<!doctype html><title>page</title>');
  await server.put('pictures', 'a.png', await picture());
  await server.services.hint([{ bucket: 'pictures', key: 'a.png', kind: 'put', door: 'hook', at: new Date() }]);
  await server.work('pictures', 'a.png');
});
after(() => server.stop());

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const ADDRESSES = ['/events/stats', '/events/history', '/files'];

function get(url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') {
  return server.app.inject({ method, url, headers });
}

test('a browser is shown the page, signed in or not, and whatever stands behind the address', async () => {
  for (const url of [...ADDRESSES, '/files?state=nonsense&tab=2', '/events/history?door=nowhere']) {
    for (const accept of [BROWSER, 'text/html', 'text/*']) {
      const answer = await get(url, { accept });
      assert.equal(answer.statusCode, 200, url);
      assert.match(answer.body, /<title>page/);
      assert.equal(answer.headers.vary, 'Accept');
    }
  }
});

test('a program is given the same as by the API, whether it names JSON, anything or nothing', async () => {
  for (const accept of ['application/json', '*/*', 'application/json, text/plain, */*', 'application/json, text/html;q=0.5']) {
    const stats = await get('/events/stats', { accept, ...server.bearer });
    assert.equal(stats.statusCode, 200, accept);
    assert.match(stats.headers['content-type'] as string, /^application\/json/);
    assert.deepEqual(Object.keys(stats.json()), Object.keys((await server.api('GET', '/stats')).json()));
    assert.equal(stats.headers.vary, 'Accept');
    assert.equal(stats.headers['cache-control'], 'no-store');
  }
  const history = await get('/events/history?bucket=pictures&key=a.png&limit=1', server.bearer);
  assert.deepEqual(history.json(), (await server.api('GET', '/events?bucket=pictures&key=a.png&limit=1')).json());
  assert.equal(history.json().items[0].result, 'rendered');
  const files = await get('/files?q=A.PNG', server.bearer);
  assert.deepEqual(files.json(), (await server.api('GET', '/files?q=A.PNG')).json());
  assert.equal(files.json().items.length, 1);
  assert.equal((await get('/files?state=nonsense', server.bearer)).statusCode, 400);
  assert.equal((await get('/files', { accept: '*/*', cookie: await server.signIn() })).statusCode, 200);
  assert.equal((await get('/events/stats', server.bearer, 'HEAD')).statusCode, 200);
});

test('a stranger is given nothing but the page', async () => {
  for (const url of ADDRESSES) {
    for (const headers of [{}, { accept: 'application/json' }, { authorization: 'Bearer pxa_nobody' }]) {
      const answer = await get(url, headers);
      assert.equal(answer.statusCode, 401, url);
      assert.match(answer.headers['content-type'] as string, /^application\/problem\+json/);
      assert.equal(answer.headers.vary, 'Accept');
    }
  }
});

test('no other address is led into the API', async () => {
  for (const url of ['/files/', '/files/x', '/events', '/x/../files/x', '//files']) {
    const answer = await get(url, { accept: 'application/json', ...server.bearer });
    assert.doesNotMatch(String(answer.headers['content-type']), /^application\/json/, url);
  }
});
