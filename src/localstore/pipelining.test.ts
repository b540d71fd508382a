// Connections used in ways that HTTP allows and few clients try: several requests at once, half-closed, left in the middle.
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

/** A request as it goes on the wire. @param more headers that are not signed */
function wire(request: RawRequest, more: Record<string, string> = {}): string {
  const { headers } = signHeaders(store, request);
  const length = request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) };
  const lines = Object.entries({ ...headers, ...length, ...more }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${request.method ?? 'GET'} ${request.url} HTTP/1.1\r\n${lines.join('')}\r\n${request.body ?? ''}`;
}

function connect(): net.Socket {
  const socket = net.connect({ port: store.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  return socket;
}

/** Everything the server says until it hangs up. */
async function saidTo(socket: net.Socket): Promise<string> {
  let said = '';
  socket.on('data', (bytes: Buffer) => {
    said += bytes.toString('latin1');
  });
  await Promise.race([once(socket, 'end'), once(socket, 'close')]);
  socket.destroy();
  return said;
}

const statuses = (said: string) => [...said.matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => Number(match[1]));

test('requests that are sent without waiting are done, and answered, one after the other', async () => {
  const socket = connect();
  const url = '/pictures/piped';
  socket.write(
    [
      wire({ method: 'PUT', url, body: 'first' }),
      wire({ url }),
      wire({ method: 'PUT', url, body: 'second' }),
      wire({ url }),
      wire({ method: 'DELETE', url }),
      wire({ url }, { connection: 'close' }),
    ].join(''),
  );
  const said = await saidTo(socket);
  assert.deepEqual(statuses(said), [200, 200, 200, 200, 204, 404]);
  assert.match(said, /first.*second.*NoSuchKey/s);
});

test('a flood of requests on one connection is answered to the last', async () => {
  await rawRequest(store, { method: 'PUT', url: '/pictures/flood', body: 'x'.repeat(5000) });
  const socket = connect();
  const one = wire({ url: '/pictures/flood' });
  socket.write(one.repeat(999) + wire({ url: '/pictures/flood' }, { connection: 'close' }));
  const said = await saidTo(socket);
  assert.equal(statuses(said).length, 1000);
  assert.equal(said.split('x'.repeat(5000)).length - 1, 1000);
});

test('what comes after "Connection: close" is not done, and does not keep the store from closing', async () => {
  const url = '/pictures/kept';
  await rawRequest(store, { method: 'PUT', url, body: 'x' });
  const socket = connect();
  socket.write(wire({ url }, { connection: 'close' }) + wire({ method: 'DELETE', url }));
  assert.deepEqual(statuses(await saidTo(socket)), [200]);
  await store.restart();
  assert.equal((await rawRequest(store, { url })).status, 200);
});

test('a client that has closed its side gets its answer', async () => {
  for (const request of [{ method: 'PUT', url: '/pictures/half', body: 'x'.repeat(100_000) }, { url: '/pictures/half' }]) {
    const socket = connect();
    socket.end(wire(request));
    const said = await saidTo(socket);
    assert.deepEqual(statuses(said), [200]);
    if (!request.method) assert.equal(said.split('\r\n\r\n')[1]?.length, 100_000);
  }
});

test('a client that closes its side in the middle of its body is refused, and leaves nothing', async () => {
  for (const length of ['5000', '9000000']) {
    const socket = connect();
    socket.end(wire({ method: 'PUT', url: '/pictures/torn', payloadHash: 'UNSIGNED-PAYLOAD' }, { 'content-length': length }));
    assert.deepEqual(statuses(await saidTo(socket)), [400]);
    await store.seen(({ data }) => data.key === 'torn' && data.code === 'IncompleteBody');
    store.lines.length = 0;
  }
  assert.equal((await rawRequest(store, { url: '/pictures/torn' })).code, 'NoSuchKey');
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
});

test('a client that is told to go on, and goes away, leaves nothing', async () => {
  for (const length of ['5000', '9000000']) {
    const headers = { expect: '100-continue', 'content-length': length };
    store.lines.length = 0;
    const socket = connect();
    socket.write(wire({ method: 'PUT', url: '/pictures/gone', payloadHash: 'UNSIGNED-PAYLOAD', headers }));
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 100 Continue/);
    socket.destroy();
    await store.seen(({ data }) => data.key === 'gone' && data.code === 'IncompleteBody');
  }
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
});

test('nonsense behind a request is not answered within its answer', async () => {
  await rawRequest(store, { method: 'PUT', url: '/pictures/large', body: Buffer.alloc(24_000_000, '.') });
  const socket = connect();
  socket.write(wire({ url: '/pictures/large' }));
  await once(socket, 'readable');
  socket.write('\0\0\0 nonsense\r\n\r\n');
  const said = await saidTo(socket);
  assert.deepEqual(statuses(said), [200]);
  assert.ok(said.endsWith('.'.repeat(1000)) && said.length > 24_000_000, `${said.length} bytes`);
});
