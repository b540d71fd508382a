// Clients that send or take bytes so slowly that they might as well not: they are let go, others are not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawRequest, rawRequest, signHeaders } from '../../test/s3-request.ts';

let store: TestStore;
/** The rule of these tests: a minute's patience is too long for them. */
const minimumPace = { bytes: 4096, milliseconds: 600 };
const LARGE = 24_000_000;

before(async () => {
  store = await startTestStore({ minimumPace });
  await store.store.createBucket('pictures');
  await rawRequest(store, { method: 'PUT', url: '/pictures/large', body: Buffer.alloc(LARGE, 'l') });
});

after(() => store.stop());

/** Opens a connection and sends the head of a request. */
function begin(request: RawRequest, more: Record<string, string> = {}): net.Socket {
  const { headers } = signHeaders(store, { payloadHash: 'UNSIGNED-PAYLOAD', ...request });
  const lines = Object.entries({ ...headers, ...more }).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = net.connect(store.port, '127.0.0.1');
  socket.write(`${request.method ?? 'GET'} ${request.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
  socket.on('error', () => {});
  return socket;
}

/** Everything the server says until it hangs up. */
async function saidTo(socket: net.Socket): Promise<string> {
  let said = '';
  socket.on('data', (bytes: Buffer) => {
    said += bytes.toString('latin1');
  });
  await once(socket, 'close');
  return said;
}

/** Writes again and again until the connection ends, or all is sent. */
function trickle(socket: net.Socket, bytes: number, milliseconds: number, total: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(Buffer.alloc(bytes));
    sent += bytes;
    if (sent >= total) clearInterval(timer);
  }, milliseconds);
  socket.on('close', () => clearInterval(timer));
}

test('a body that trickles, or does not come at all, is refused as S3 does, and nothing of it stays', async () => {
  for (const [name, length] of [
    ['small', 100],
    ['held', 1_000_000],
    ['streamed', 9_000_000],
  ] as const) {
    const trickling = begin({ method: 'PUT', url: `/pictures/${name}` }, { 'content-length': String(length) });
    trickle(trickling, 1, 50, length);
    const silent = begin({ method: 'PUT', url: `/pictures/${name}` }, { 'content-length': String(length) });
    const vanished = begin({
      method: 'PUT',
      url: `/pictures/${name}`,
      headers: { 'content-length': String(length), expect: '100-continue' },
    });
    const digest = { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' };
    const document = begin({ method: 'POST', url: '/pictures?delete' }, { ...digest, 'content-length': String(length) });
    const said = await Promise.all([trickling, silent, vanished, document].map(saidTo));
    for (const text of said) assert.match(text, /^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 400 .*<Code>RequestTimeout</s);
    assert.match(said[2] ?? '', /^HTTP\/1\.1 100 /);
    assert.equal((await rawRequest(store, { url: `/pictures/${name}` })).code, 'NoSuchKey');
  }
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
});

test('a body that is slow, and fast enough, arrives', async () => {
  const socket = begin({ method: 'PUT', url: '/pictures/patient' }, { 'content-length': '60000', connection: 'close' });
  trickle(socket, 2000, 60, 60_000);
  assert.match(await saidTo(socket), /^HTTP\/1\.1 200 /);
  assert.equal((await rawRequest(store, { url: '/pictures/patient' })).body.length, 60_000);
});

test('who does not take an answer is let go, and no longer keeps what was replaced', async () => {
  await rawRequest(store, { method: 'PUT', url: '/pictures/dropped', body: Buffer.alloc(LARGE, 'd') });
  const socket = begin({ url: '/pictures/dropped' });
  await once(socket, 'readable');
  await rawRequest(store, { method: 'DELETE', url: '/pictures/dropped' });
  assert.equal((await store.blobFiles()).length, (await store.blobNames()).length + 1);
  // The server gives up, of which this end hears only when it reads again what was on the way.
  await store.seen(({ data }) => data.key === 'dropped' && data.method === 'GET');
  let taken = 0;
  socket.on('data', (bytes: Buffer) => {
    taken += bytes.length;
  });
  await once(socket, 'close');
  assert.ok(taken < LARGE, `${taken} bytes were sent`);
  while ((await store.blobFiles()).length > (await store.blobNames()).length);
});

test('who takes an answer slowly, and fast enough, gets all of it', async () => {
  const socket = begin({ url: '/pictures/large' }, { connection: 'close' });
  const begun = performance.now();
  let taken = 0;
  socket.on('data', (bytes: Buffer) => {
    taken += bytes.length;
    socket.pause();
    setTimeout(() => socket.resume(), 8);
  });
  await once(socket, 'close');
  assert.ok(taken > LARGE, `${taken} bytes`);
  assert.ok(performance.now() - begun > 2 * minimumPace.milliseconds);
});
