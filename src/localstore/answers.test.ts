// What every answer has in common, and what is refused before any operation is chosen.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawRequest, rawRequest } from '../../test/s3-request.ts';

let store: TestStore;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);
const element = (name: string, body: Buffer) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body.toString())?.[1];

test('every answer names its request and the process that gave it, in headers and in errors', async () => {
  await send({ method: 'PUT', url: '/pictures/a', body: 'x' });
  const seen = new Set<string>();
  for (const url of ['/pictures/a', '/pictures?list-type=2', '/pictures/none', '/nowhere']) {
    const { headers, body, status } = await send({ url });
    assert.equal(headers.server, 'Pixmill');
    assert.ok(headers.date);
    const id = String(headers['x-amz-request-id']);
    assert.match(id, /^[0-9A-F]{16}$/);
    seen.add(id);
    if (status === 200) continue;
    assert.equal(headers['content-type'], 'application/xml');
    assert.equal(element('RequestId', body), id);
    assert.equal(element('HostId', body), headers['x-amz-id-2']);
  }
  assert.equal(seen.size, 4);
});

test('the error of a HEAD has a status and no body', async () => {
  for (const [url, status] of [
    ['/pictures/none', 404],
    ['/nowhere', 404],
    ['/pictures?acl', 405],
  ] as const) {
    const answer = await send({ method: 'HEAD', url });
    assert.deepEqual([answer.status, answer.body.length], [status, 0], url);
  }
});

test('a method that the resource has not is refused with those that it has', async () => {
  for (const [method, url, allow, kind] of [
    ['POST', '/', 'GET', 'SERVICE'],
    ['PATCH', '/pictures', 'GET, HEAD, PUT, DELETE, POST', 'BUCKET'],
    ['PATCH', '/pictures/a', 'GET, HEAD, PUT, DELETE', 'OBJECT'],
    ['PATCH', '/pictures/a?tagging', 'GET, PUT, DELETE', 'OBJECT'],
  ] as const) {
    const { status, code, headers, body } = await send({ method, url });
    assert.deepEqual([status, code, headers.allow], [405, 'MethodNotAllowed', allow], url);
    assert.deepEqual([element('Method', body), element('ResourceType', body)], [method, kind]);
  }
  assert.equal((await send({ method: 'HEAD', url: '/pictures?location' })).headers.allow, 'GET');
});

test('a query that asks for two things at once is refused; names that S3 does not know change nothing', async () => {
  assert.equal((await send({ url: '/pictures?acl&location' })).code, 'InvalidArgument');
  assert.equal((await send({ url: '/pictures/a?nonsense=1&x-id=GetObject' })).status, 200);
});

test('a copy source on anything but a PUT is refused', async () => {
  const headers = { 'x-amz-copy-source': 'pictures/a' };
  for (const method of ['GET', 'HEAD', 'DELETE'])
    assert.equal((await send({ method, url: '/pictures/a', headers })).status, 400, method);
});

// It was looked at by writes only: a caller that was wrong about the owner got to read, list and remove.
test('whoever takes the bucket for somebody else’s gets nothing done', async () => {
  const headers = { 'x-amz-expected-bucket-owner': '123456789012' };
  for (const [method, url] of [
    ['GET', '/pictures/a'],
    ['GET', '/pictures'],
    ['HEAD', '/pictures'],
    ['DELETE', '/pictures/a'],
    ['DELETE', '/pictures'],
  ] as const) {
    assert.equal((await send({ method, url, headers })).status, 403, `${method} ${url}`);
  }
  const owner = element('ID', (await send({ url: '/pictures?acl' })).body) ?? '';
  assert.equal((await send({ url: '/pictures/a', headers: { 'x-amz-expected-bucket-owner': owner } })).status, 200);
});

test('what is no HTTP gets an error of S3 all the same', async () => {
  const [malformed, long] = await Promise.all([
    talk('GET /\0 HTTP/1.1\r\n\r\n'),
    talk(`GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n`),
  ]);
  assert.match(malformed, /^HTTP\/1\.1 400 Bad Request\r\n.*x-amz-request-id: .*<Code>BadRequest<\/Code>/s);
  assert.match(long, /^HTTP\/1\.1 400 Bad Request\r\n.*<Code>RequestHeaderSectionTooLarge<\/Code>/s);
});

/** Sends bytes and reads until the server closes. */
function talk(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(store.port, '127.0.0.1', () => socket.write(text));
    let seen = '';
    socket.on('data', (bytes) => {
      seen += bytes.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(seen));
  });
}
