import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture, startTestServer } from '../../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

const begin = (body: object, headers = {}) => server.api('POST', '/uploads', body, headers);

test('an upload goes straight into the store, and is on the ledger once it is completed', async () => {
  const body = await picture();
  const begun = await begin({ name: 'cat.png', type: 'image/png', size: body.length });
  assert.equal(begun.statusCode, 201, begun.body);
  const { method, url, headers, bucket, key, expiresAt } = begun.json();
  assert.deepEqual([method, bucket, key], ['PUT', 'pictures', 'cat.png']);
  const hour = Date.parse(expiresAt) - Date.now();
  assert.ok(hour > 3_500_000 && hour <= 3_600_000);

  const early = await server.api('POST', '/uploads/complete', { bucket, key });
  assert.equal(early.statusCode, 404);
  assert.match(early.json().mend, /send the bytes/);

  const put = await fetch(url, { method, headers, body: new Uint8Array(body) });
  assert.equal(put.status, 200, await put.text());
  const done = await server.api('POST', '/uploads/complete', { bucket, key });
  assert.equal(done.statusCode, 200, done.body);
  assert.deepEqual([done.json().state, done.json().size], ['pending', body.length]);
  const [event] = (await server.api('GET', '/events?bucket=pictures&key=cat.png')).json().items;
  assert.equal(event.door, 'upload');
});

test('the type is part of the signature: another one is refused by the store', async () => {
  const { url } = (await begin({ name: 'typed.png', type: 'image/png', size: 10 })).json();
  const put = await fetch(url, { method: 'PUT', headers: { 'content-type': 'text/html' }, body: '<script>' });
  assert.equal(put.status, 403);
  await put.text();
});

test('a presigned URL is good for the announced size alone', async () => {
  const begun = await server.api('POST', '/uploads', { name: 'sized.png', type: 'image/png', size: 5 });
  const { url, headers } = begun.json();
  const put = (body: string) => fetch(url, { method: 'PUT', headers, body });
  assert.equal((await put('four')).status, 403);
  assert.equal((await put('longer')).status, 403);
  assert.equal((await put('exact')).status, 200);
});

test('the URL leads where the browser reaches the store, not where the server does', async () => {
  const headers = { host: 'pixmill.example:8080' };
  const { url } = (await begin({ name: 'host.png', type: 'image/png', size: 10 }, headers)).json();
  assert.equal(new URL(url).hostname, 'pixmill.example');
});

test('a second file of the same name gets a key of its own, whether the first has arrived or not', async () => {
  const file = { name: 'same.png', type: 'image/png', size: 10 };
  const [one, two] = await Promise.all([begin(file), begin(file)]);
  const keys = [one.json().key, two.json().key].toSorted();
  assert.match(keys[0], /^same-[a-z2-9]{6}\.png$/);
  assert.equal(keys[1], 'same.png');

  await server.put('pictures', 'there.png', await picture());
  assert.match((await begin({ ...file, name: 'there.png' })).json().key, /^there-[a-z2-9]{6}\.png$/);
});

test('a pipeline or a bucket can be named; the prefix of its source is kept', async () => {
  const file = { name: 'page.png', type: 'image/png', size: 10 };
  assert.equal((await begin({ ...file, pipeline: 'scans' })).json().key, 'in/page.png');
  assert.equal((await begin({ ...file, name: 'other.png', bucket: 'papers' })).json().key, 'in/other.png');
  assert.equal((await begin({ ...file, pipeline: 'nope' })).statusCode, 404);
  assert.equal((await begin({ ...file, bucket: 'thumbnails' })).statusCode, 400);
  assert.equal((await begin({ ...file, pipeline: 'thumbnail', bucket: 'papers' })).statusCode, 400);
});

test('hostile names end up as plain keys under the prefix', async () => {
  for (const [name, key] of [
    ['../../etc/x.png', 'in/x.png'],
    ['a\u0000b\r\n.png', 'in/ab.png'],
    ['%2e%2e%2fy.png', 'in/_2e_2e_2fy.png'],
    ['/', 'in/picture'],
  ]) {
    const answer = await begin({ name, type: 'image/png', size: 10, pipeline: 'scans' });
    if (key === 'in/picture') {
      assert.equal(answer.statusCode, 400);
      assert.match(answer.json().detail, /"scans" would not take "in\/picture": the key does not fit its "match"/);
    } else assert.equal(answer.json().key, key);
  }
});

test('what is no picture, empty, or over the limit is refused before anything is signed', async () => {
  const refused = async (body: object) => {
    const answer = await begin({ name: 'x.png', type: 'image/png', size: 10, ...body });
    return [answer.statusCode, answer.json().code];
  };
  assert.deepEqual(await refused({ type: 'text/html' }), [415, 'unsupported']);
  assert.deepEqual(await refused({ type: 'image/svg+xml' }), [415, 'unsupported']);
  assert.deepEqual(await refused({ type: 'image/png; charset=x' }), [415, 'unsupported']);
  assert.deepEqual(await refused({ type: 'image/png\r\nx: y' }), [415, 'unsupported']);
  assert.deepEqual(await refused({ size: 0 }), [400, 'invalid']);
  assert.deepEqual(await refused({ size: 200_001 }), [413, 'too_large']);
  assert.deepEqual(await refused({ size: -1 }), [400, 'invalid']);
  assert.deepEqual(await refused({ size: 1.5 }), [400, 'invalid']);
  assert.deepEqual(await refused({ name: '' }), [400, 'invalid']);
  assert.deepEqual(await refused({ key: 'mine' }), [400, 'invalid'], 'keys are not for the client to choose');
  assert.equal(
    (await begin({ name: 'heic.heic', type: '', size: 10 })).json().headers['content-type'],
    'application/octet-stream',
  );
});

test('only what a pipeline would take can be completed', async () => {
  await server.put('thumbnails', 'foreign.png', await picture());
  const answer = await server.api('POST', '/uploads/complete', { bucket: 'thumbnails', key: 'foreign.png' });
  assert.equal(answer.statusCode, 400);
  assert.equal((await server.api('POST', '/uploads/complete', { bucket: 'pictures', key: 'a\0b' })).statusCode, 400);
  assert.equal((await server.api('POST', '/uploads/complete', {})).statusCode, 400);
});
