// Sending to real servers on the loopback.
import assert from 'node:assert/strict';
import { createHmac, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, test } from 'node:test';
import { type Receiver, startReceiver } from '../../test/receiver.ts';
import { cloudEventOf } from './event.ts';
import { send } from './send.ts';
import { signedHeaders } from './signature.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const output = {
  bucket: 'thumbs',
  key: 'a b/ü.webp',
  etag: 'e2',
  sha256: 'f'.repeat(64),
  size: 12,
  format: 'webp',
  width: 3,
  height: 2,
};
const original = { bucket: 'pictures', key: 'a b/ü.jpg', etag: 'e1', sha256: 'a'.repeat(64) };
const event = cloudEventOf(
  { kind: 'made', pipeline: 'p', rendition: 'r', original, output },
  new Date('2026-11-25T10:00:00.000Z'),
);
const options = { version: '1.2.3' };

const opened: Receiver[] = [];
afterEach(async () => {
  for (const receiver of opened.splice(0)) await receiver.close();
});
async function receiver(answer?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const started = await startReceiver(answer);
  opened.push(started);
  return started;
}

test('the signature is that of Standard Webhooks', () => {
  const headers = signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}', secret);
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('a secret without its prefix is the key as it is', () => {
  const key = 'a secret with ünicode, and more';
  const expected = createHmac('sha256', Buffer.from(key)).update('i.1.b').digest('base64');
  assert.equal(signedHeaders('i', 1, 'b', key)['webhook-signature'], `v1,${expected}`);
});

test('an event arrives as a structured CloudEvent whose signature another implementation confirms', async () => {
  const { url, received } = await receiver();
  const before = Math.floor(Date.now() / 1000);
  assert.deepEqual(await send(event, { url: `${url}?x=1`, secret, allowPrivate: true }, options), { result: 'delivered' });
  const [got] = received;
  assert.equal(got?.path, '/hook?x=1');
  assert.equal(got.headers['content-type'], 'application/cloudevents+json');
  assert.equal(got.headers['user-agent'], 'Pixmill/1.2.3');
  assert.deepEqual(got.event, {
    specversion: '1.0',
    id: event.id,
    source: 'urn:pixmill:pipeline:p',
    type: 'pixmill.rendition.made',
    subject: 'thumbs/a b/ü.webp',
    time: '2026-11-25T10:00:00.000Z',
    datacontenttype: 'application/json',
    data: { pipeline: 'p', rendition: 'r', original, output },
  });
  assert.equal(got.headers['webhook-id'], event.id);
  const timestamp = Number(got.headers['webhook-timestamp']);
  assert.ok(timestamp >= before && timestamp <= Date.now() / 1000);

  const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const key = await webcrypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const [version, signature = ''] = String(got.headers['webhook-signature']).split(',');
  assert.equal(version, 'v1');
  const signed = new TextEncoder().encode(`${event.id}.${timestamp}.${got.body}`);
  assert.ok(await webcrypto.subtle.verify('HMAC', key, Buffer.from(signature, 'base64'), signed));
});

test('what is not taken comes again later, and what is gone never', async () => {
  const statuses = [400, 404, 429, 500, 503, 410, 200, 299];
  const { url } = await receiver((response, _, count) => response.writeHead(statuses[count - 1] ?? 200).end());
  const results: string[] = [];
  for (const _ of statuses) results.push((await send(event, { url, secret, allowPrivate: true }, options)).result);
  assert.deepEqual(results, ['later', 'later', 'later', 'later', 'later', 'never', 'delivered', 'delivered']);
});

test('Retry-After is heeded in seconds and as a date, within bounds, where it belongs', async () => {
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  const answers: [number, string, (seconds: number) => boolean][] = [
    [429, '120', (seconds) => seconds === 120],
    [503, inAMinute, (seconds) => seconds > 50 && seconds <= 60],
    [429, '99999999', (seconds) => seconds === 6 * 3600],
    [429, new Date(0).toUTCString(), (seconds) => seconds === 0],
    [429, 'soon', (seconds) => seconds === 0],
    [500, '120', (seconds) => seconds === 0],
  ];
  const { url } = await receiver((response, _, count) => {
    const [status = 500, after = ''] = answers[count - 1] ?? [];
    response.writeHead(status, { 'retry-after': after }).end();
  });
  for (const [status, after, expected] of answers) {
    const sent = await send(event, { url, secret, allowPrivate: true }, options);
    assert.ok(sent.result === 'later' && expected(sent.seconds), `${status} ${after}: ${JSON.stringify(sent)}`);
  }
});

test('a redirect is not followed', async () => {
  const target = await receiver();
  const { url, received } = await receiver((response) => response.writeHead(307, { location: target.url }).end());
  const sent = await send(event, { url, secret, allowPrivate: true }, options);
  assert.deepEqual(sent, { result: 'later', reason: 'answered 307: redirects are not followed', seconds: 0 });
  assert.deepEqual([received.length, target.received.length], [1, 0]);
});

test('a receiver that does not answer in time has not taken it', async () => {
  const { url, received } = await receiver(() => {});
  const sent = await send(event, { url, secret, allowPrivate: true }, { ...options, timeoutMs: 200 });
  assert.deepEqual(sent, { result: 'later', reason: 'it did not answer within 0.2 s', seconds: 0 });
  assert.equal(received.length, 1);
});

test('one that begins a head and never ends it has not either, though bytes keep coming', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\n');
    const drip = setInterval(() => socket.write('x-a: b\r\n'), 20);
    socket.on('close', () => clearInterval(drip));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  const sent = await send(event, { url, secret, allowPrivate: true }, { ...options, timeoutMs: 300 });
  assert.equal(sent.result === 'later' && sent.reason, 'it did not answer within 0.3 s');
  server.close();
  await once(server, 'close');
});

test('an answer without end counts by its head, and is cut off', async () => {
  let closed: (() => void) | undefined;
  const over = new Promise<void>((resolve) => (closed = resolve));
  const { url } = await receiver((response) => {
    response.on('close', () => closed?.());
    response.writeHead(200);
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384)));
    };
    response.on('drain', pour);
    pour();
  });
  assert.deepEqual(await send(event, { url, secret, allowPrivate: true }, options), { result: 'delivered' });
  await over;
});

test('a private address is refused before anything is connected, written as a number or behind a name', async () => {
  const { port, received } = await receiver();
  for (const host of [
    '127.0.0.1',
    'localhost',
    '0x7f.1',
    '2130706433',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0.0.0.0',
    '[64:ff9b::127.0.0.1]',
  ]) {
    const sent = await send(event, { url: `http://${host}:${port}/`, secret, allowPrivate: false }, options);
    assert.match(sent.result === 'later' ? sent.reason : sent.result, /is no public address.*allowPrivate$/, host);
  }
  assert.equal(received.length, 0);
  assert.equal(
    (await send(event, { url: `http://localhost:${port}/`, secret, allowPrivate: true }, options)).result,
    'delivered',
  );
});

test('a receiver that is not there is told as such', async () => {
  const { url, close } = await startReceiver();
  await close();
  const sent = await send(event, { url, secret, allowPrivate: true }, options);
  assert.match(sent.result === 'later' ? sent.reason : '', /ECONNREFUSED/);
});
