import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { picture, startTestServer } from '../../../test/http-server.ts';
import { disposition } from '../serve-content.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
let body: Buffer;
before(async () => {
  server = await startTestServer();
  body = await picture(64, 64);
});
after(() => server.stop());

/** Puts, reconciles, and answers with the object as the API shows it. */
async function stored(key: string, bytes = body, type = 'image/png') {
  await server.put('pictures', key, bytes, type);
  await server.work('pictures', key);
  return (await server.api('GET', `/objects?key=${encodeURIComponent(key)}`)).json().items[0];
}

test('an original and its rendition are served as what their bytes are', async () => {
  const object = await stored('plain.png');
  const answer = await server.api('GET', `/objects/${object.id}/content`);
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.rawPayload, body);
  assert.equal(answer.headers['content-type'], 'image/png');
  assert.equal(answer.headers['content-length'], String(body.length));
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers['content-security-policy'], "sandbox; default-src 'none'");
  assert.equal(answer.headers['content-disposition'], `inline; filename="plain.png"; filename*=UTF-8''plain.png`);
  assert.equal(answer.headers['cache-control'], 'private, no-cache');

  const small = object.renditions.find(({ name }: { name: string }) => name === 'small');
  const rendition = await server.api('GET', `/renditions/${small.id}/content`);
  assert.equal(rendition.headers['content-type'], 'image/webp');
  assert.equal(createHash('sha256').update(rendition.rawPayload).digest('hex'), small.sha256);
});

test('HTML, SVG and scripts are handed over to be saved, whatever type they were stored under', async () => {
  for (const [key, text, type] of [
    ['page.html', '<script>alert(1)</script>', 'text/html'],
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'image/svg+xml'],
    ['innocent.png', '<html><script>alert(1)</script>', 'image/png'],
  ] as const) {
    const { id } = await stored(key, Buffer.from(text), type);
    const { headers } = await server.api('GET', `/objects/${id}/content`);
    assert.equal(headers['content-type'], 'application/octet-stream', key);
    assert.match(headers['content-disposition'] as string, /^attachment; /);
    assert.equal(headers['content-security-policy'], "sandbox; default-src 'none'");
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
});

test('bytes that the ledger has not looked at yet are not typed by what was there before', async () => {
  const { id } = await stored('swapped.png');
  await server.put('pictures', 'swapped.png', Buffer.from('<svg/>'));
  const { headers, payload } = await server.api('GET', `/objects/${id}/content`);
  assert.equal(payload, '<svg/>');
  assert.equal(headers['content-type'], 'application/octet-stream');
});

test('what the client has already is not sent again', async () => {
  const { id, etag } = await stored('cached.png');
  const url = `/objects/${id}/content`;
  for (const known of [`"${etag}"`, `W/"${etag}"`, `"other", "${etag}"`, '*']) {
    const answer = await server.api('GET', url, undefined, { 'if-none-match': known });
    assert.equal(answer.statusCode, 304, known);
    assert.equal(answer.rawPayload.length, 0);
    assert.equal(answer.headers.etag, `"${etag}"`);
  }
  assert.equal((await server.api('GET', url, undefined, { 'if-none-match': '"other"' })).statusCode, 200);
  const kept = await server.api('GET', `${url}?v=${etag}`);
  assert.equal(kept.headers['cache-control'], 'private, max-age=31536000, immutable');
  assert.equal((await server.api('GET', `${url}?v=other`)).headers['cache-control'], 'private, no-cache');
});

test('ranges are served; one behind the end is 416; nonsense gets the whole', async () => {
  const { id, etag } = await stored('ranged.png');
  const range = (value: string, more = {}) => server.api('GET', `/objects/${id}/content`, undefined, { range: value, ...more });
  const part = await range('bytes=2-5');
  assert.equal(part.statusCode, 206);
  assert.deepEqual(part.rawPayload, body.subarray(2, 6));
  assert.equal(part.headers['content-range'], `bytes 2-5/${body.length}`);
  assert.equal(part.headers['content-length'], '4');
  assert.deepEqual((await range('bytes=-3')).rawPayload, body.subarray(-3));
  assert.deepEqual((await range('bytes=5-')).rawPayload, body.subarray(5));
  assert.equal((await range('bytes=0-0', { 'if-range': `"${etag}"` })).statusCode, 206);
  assert.equal((await range('bytes=0-0', { 'if-range': '"other"' })).statusCode, 200);
  for (const value of ['bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-', 'bytes=a-b']) {
    const whole = await range(value);
    assert.equal(whole.statusCode, 200, value);
    assert.equal(whole.rawPayload.length, body.length);
  }
  const behind = await range(`bytes=${body.length}-`);
  assert.equal(behind.statusCode, 416);
  assert.equal(behind.headers['content-range'], `bytes */${body.length}`);
});

test('HEAD tells the same without the bytes', async () => {
  const { id, etag } = await stored('head.png');
  const answer = await server.api('HEAD', `/objects/${id}/content`);
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.rawPayload.length, 0);
  assert.equal(answer.headers['content-length'], String(body.length));
  assert.equal(answer.headers.etag, `"${etag}"`);
  assert.equal(answer.headers['content-type'], 'image/png');
});

test('what is not there is 404: no such id, gone, delivered, deleted behind our back', async () => {
  assert.equal((await server.api('GET', '/objects/99999/content')).statusCode, 404);
  assert.equal((await server.api('GET', '/renditions/99999/content')).statusCode, 404);
  const { id } = await stored('vanished.png');
  await server.services.store.delete('pictures', 'vanished.png');
  const behind = await server.api('GET', `/objects/${id}/content`);
  assert.equal(behind.statusCode, 404);
  assert.match(behind.headers['content-type'] as string, /problem\+json/);
  assert.equal((await server.api('HEAD', `/objects/${id}/content`)).statusCode, 404);
  await server.work('pictures', 'vanished.png');
  assert.match((await server.api('GET', `/objects/${id}/content`)).json().detail, /was deleted$/);

  await server.put('papers', 'in/page.png', body);
  await server.work('papers', 'in/page.png');
  const [scan] = (await server.api('GET', '/objects?bucket=papers')).json().items;
  assert.equal(scan.state, 'delivered');
  assert.match((await server.api('GET', `/objects/${scan.id}/content`)).json().detail, /after everything was made of it$/);
});

test('a file name with quotes, line breaks and foreign letters stays inside its header', async () => {
  const key = 'in/ein "schönes"; Bild\r\nSet-Cookie: a=b\u202egpj.png';
  const { id } = await stored(key);
  const { headers } = await server.api('GET', `/objects/${id}/content?download=1`);
  assert.equal(headers['set-cookie'], undefined);
  const said = headers['content-disposition'] as string;
  assert.match(said, /^attachment; filename="[^"]*"; filename\*=UTF-8''[\w%.~-]+$/);
  assert.match(decodeURIComponent(said.split("UTF-8''")[1] ?? ''), /^ein "schönes"; Bild__Set-Cookie: a=b_gpj\.png$/);
});

test('no key whatever leaves its quotes or ends the header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (key) => {
      const header = disposition('inline', key);
      assert.match(header, /^inline; filename="[^"\\]*"; filename\*=UTF-8''[A-Za-z0-9%._~-]+$/);
      assert.match(header, /^[ -~]*$/, 'printable ASCII');
    }),
  );
});
