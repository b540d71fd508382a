// Connections that misbehave, pages of other origins, and what is logged.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawRequest, rawRequest, signHeaders } from '../../test/s3-request.ts';

let store: TestStore;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);

test('a length that is missing or too large is refused before the body', async () => {
  const { headers } = signHeaders(store, { method: 'PUT', url: '/pictures/a', payloadHash: 'UNSIGNED-PAYLOAD' });
  const none = await talk(`PUT /pictures/a HTTP/1.1\r\n${lines(headers)}\r\n`);
  assert.match(none, /^HTTP\/1\.1 411 .*MissingContentLength/s);
  const huge = await talk(`PUT /pictures/a HTTP/1.1\r\n${lines(headers)}content-length: 5368709121\r\n\r\n`);
  assert.match(huge, /^HTTP\/1\.1 400 .*EntityTooLarge/s);
});

function lines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

/** Sends bytes, and reads until the server has said something and fallen silent or closed. */
function talk(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(store.port, '127.0.0.1', () => socket.write(text));
    let seen = '';
    const done = () => {
      socket.destroy();
      resolve(seen);
    };
    socket.on('data', (bytes) => {
      seen += bytes.toString('latin1');
      if (seen.includes('</Error>') || seen.endsWith('\r\n\r\n')) done();
    });
    socket.on('close', done);
    socket.on('error', done);
  });
}

test('bytes that are no HTTP cost one connection and nothing more', async () => {
  for (const text of [
    '\0\0\0\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n`,
    'G\u0001T / HTTP/1.1\r\n\r\n',
  ]) {
    assert.match(await talk(text), /^HTTP\/1\.1 4\d\d /);
  }
  assert.equal((await send({ url: '/' })).status, 200);
});

test('a client that leaves in the middle of its body leaves nothing behind', async () => {
  const { headers } = signHeaders(store, { method: 'PUT', url: '/pictures/left', payloadHash: 'UNSIGNED-PAYLOAD' });
  await new Promise<void>((resolve) => {
    const socket = net.connect(store.port, '127.0.0.1', () => {
      socket.write(`PUT /pictures/left HTTP/1.1\r\n${lines(headers)}content-length: 9000000\r\n\r\n`);
      socket.write(Buffer.alloc(5_000_000), () => socket.destroy());
    });
    socket.on('close', () => resolve());
  });
  await store.seen((line) => line.data.key === 'left');
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
  assert.equal((await send({ url: '/pictures/left' })).code, 'NoSuchKey');
});

test('the log has a line per request and no secret in it', async () => {
  store.lines.length = 0;
  await send({ url: '/pictures/logged?X-Amz-Expires=1' });
  await store.seen((line) => line.data.key === 'logged');
  const text = JSON.stringify(store.lines);
  assert.match(text, /"method":"GET","bucket":"pictures","key":"logged"/);
  for (const secret of [store.key.secretAccessKey, 'Signature', 'AWS4-HMAC']) assert.ok(!text.includes(secret), secret);
});

test('a thousand idle connections and a hundred half-sent requests keep nobody waiting', async () => {
  const sockets = Array.from({ length: 1100 }, (_, at) => {
    const socket = net.connect(store.port, '127.0.0.1');
    if (at % 11 === 0) socket.write('PUT /pictures/slow HTTP/1.1\r\nhost: a\r\n');
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) => send({ method: 'PUT', url: `/pictures/busy${at}`, body: 'x' })),
  );
  assert.ok(answers.every((answer) => answer.status === 200));
  for (const socket of sockets) socket.destroy();
});
