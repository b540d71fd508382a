// What no client library would send, byte by byte.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawRequest, rawRequest, sendRaw, signHeaders } from '../../test/s3-request.ts';
import { chunkSigner, signingKey } from './sigv4.ts';

let store: TestStore;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);

async function blobCount(): Promise<number> {
  const { rows } = await store.query<{ count: number }>('SELECT count(*)::int AS count FROM store_object');
  return rows[0]?.count ?? -1;
}

test('without a signature nothing is read, written, listed or removed', async () => {
  await send({ method: 'PUT', url: '/pictures/secret', body: 'x' });
  for (const [method, url] of [
    ['GET', '/'],
    ['GET', '/pictures'],
    ['GET', '/pictures/secret'],
    ['HEAD', '/pictures/secret'],
    ['PUT', '/pictures/secret'],
    ['DELETE', '/pictures/secret'],
    ['PUT', '/bucket'],
    ['POST', '/pictures?delete'],
  ] as const) {
    const answer = await sendRaw(store.port, method, url, { host: 'localhost' }, method === 'PUT' ? Buffer.from('x') : undefined);
    assert.equal(answer.status, 403, `${method} ${url}`);
    if (method === 'HEAD') assert.equal(answer.body.length, 0);
    else assert.equal(answer.code, 'AccessDenied');
  }
  assert.equal((await send({ url: '/pictures/secret' })).body.toString(), 'x');
});

test('a body that is not what the headers say is stored nowhere', async () => {
  const before = await blobCount();
  const md5 = createHash('md5').update('other').digest('base64');
  const put = (more: Partial<RawRequest>) => send({ method: 'PUT', url: '/pictures/bad', body: 'body', ...more });
  const other = createHash('sha256').update('other').digest('hex');
  assert.equal((await put({ payloadHash: other })).code, 'XAmzContentSHA256Mismatch');
  assert.equal((await put({ headers: { 'content-md5': md5 } })).code, 'BadDigest');
  assert.equal((await put({ headers: { 'content-md5': 'nonsense' } })).code, 'InvalidDigest');
  assert.equal((await put({ headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } })).code, 'BadDigest');
  assert.equal((await put({ headers: { 'x-amz-checksum-crc32': 'AAAA' } })).code, 'InvalidRequest');
  assert.equal((await put({ payloadHash: 'nonsense' })).code, 'InvalidArgument');
  const large = randomBytes(6 * 1024 * 1024);
  assert.equal((await put({ body: large, payloadHash: other })).code, 'XAmzContentSHA256Mismatch');
  assert.equal(await blobCount(), before);
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
});

/** A signed chunked body. @param forge changes the bytes of a chunk after its signature was made */
function chunkedPut(forge?: (data: Buffer) => void, more: Partial<RawRequest> = {}): RawRequest {
  const data = randomBytes(70_000);
  return {
    method: 'PUT',
    url: '/pictures/chunked',
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    ...more,
    headers: { 'x-amz-decoded-content-length': String(data.length), 'content-encoding': 'aws-chunked,gzip', ...more.headers },
    makeBody(seed, amzDate) {
      const scope = { accessKeyId: store.key.accessKeyId, date: amzDate.slice(0, 8), region: 'us-east-1' };
      const signer = chunkSigner(signingKey(store.key.secretAccessKey, scope), amzDate, scope, seed);
      const chunks = [data.subarray(0, 65_536), data.subarray(65_536), Buffer.alloc(0)].map((chunk) => {
        const signature = signer.chunk(createHash('sha256').update(chunk).digest('hex'));
        const bytes = Buffer.from(chunk);
        forge?.(bytes);
        return Buffer.concat([
          Buffer.from(`${bytes.length.toString(16)};chunk-signature=${signature}\r\n`),
          bytes,
          Buffer.from('\r\n'),
        ]);
      });
      return Buffer.concat(chunks);
    },
  };
}

test('signed chunks are verified one by one, and aws-chunked is not part of the encoding', async () => {
  assert.equal((await send(chunkedPut())).status, 200);
  const found = await send({ url: '/pictures/chunked' });
  assert.equal(found.body.length, 70_000);
  assert.equal(found.headers['content-encoding'], 'gzip');
  const forged = await send(
    chunkedPut((bytes) => {
      if (bytes.length > 10) bytes[10] = (bytes[10] ?? 0) ^ 1;
    }),
  );
  assert.equal(forged.code, 'SignatureDoesNotMatch');
  const lying = await send(chunkedPut(undefined, { headers: { 'x-amz-decoded-content-length': '69999' } }));
  assert.equal(lying.code, 'IncompleteBody');
  const silent = await send({ ...chunkedPut(), headers: {} });
  assert.equal(silent.code, 'MissingContentLength');
});

test('with Expect the refusal comes before the body, and the go-ahead only after the checks', async () => {
  const expect = { expect: '100-continue' };
  const good = await send({ method: 'PUT', url: '/pictures/expected', body: 'x', headers: expect });
  assert.deepEqual([good.status, good.continued], [200, true]);
  const late = await send({ method: 'PUT', url: '/pictures/expected', body: 'y', headers: { ...expect, 'if-none-match': '*' } });
  assert.deepEqual([late.code, late.continued], ['PreconditionFailed', false]);
  const nowhere = await send({ method: 'PUT', url: '/nowhere/expected', body: 'y', headers: expect });
  assert.deepEqual([nowhere.code, nowhere.continued], ['NoSuchBucket', false]);
  const { headers } = signHeaders(store, { method: 'PUT', url: '/pictures/expected', body: 'y', headers: expect });
  headers.authorization = headers.authorization?.replace(/.$/, (last) => (last === '0' ? '1' : '0')) ?? '';
  const unproven = await sendRaw(
    store.port,
    'PUT',
    '/pictures/expected',
    { ...headers, 'content-length': '1' },
    Buffer.from('y'),
  );
  assert.deepEqual([unproven.code, unproven.continued], ['SignatureDoesNotMatch', false]);
});

test('a body without a length may come in the chunks of HTTP', async () => {
  for (const size of [0, 10, 5_000_000]) {
    const body = randomBytes(size);
    const headers = { 'transfer-encoding': 'chunked' };
    const put = await send({ method: 'PUT', url: '/pictures/chunks', body, headers });
    assert.equal(put.status, 200);
    assert.ok((await send({ url: '/pictures/chunks' })).body.equals(body));
  }
});

test('keys that cannot be kept are refused, and those that look like paths touch none', async () => {
  for (const url of ['/pictures/a%00b', '/pictures/%ff', '/pictures/%E0%A4%A', `/pictures/${'a'.repeat(1025)}`]) {
    const answer = await send({ method: 'PUT', url, body: 'x' });
    assert.equal(answer.status, 400, url);
  }
  for (const url of [
    '/pictures/../../../../tmp/pixmill-escape',
    '/pictures/%2e%2e%2f%2e%2e%2fpixmill-escape',
    '/pictures//etc/passwd',
  ]) {
    assert.equal((await send({ method: 'PUT', url, body: url })).status, 200, url);
    assert.equal((await send({ url })).body.toString(), url);
  }
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
});

test('headers in a URL cannot split the answer', async () => {
  await send({ method: 'PUT', url: '/pictures/split', body: 'x' });
  const answer = await send({ url: '/pictures/split?response-content-type=a%0D%0Aset-cookie%3A%20b' });
  assert.equal(answer.code, 'InvalidArgument');
  const wide = await send({
    url: '/pictures/split?response-content-disposition=attachment%3B%20filename%3D%22%C3%A4%E2%82%AC.jpg%22',
  });
  assert.equal(Buffer.from(wide.headers['content-disposition'] ?? '', 'latin1').toString(), 'attachment; filename="ä€.jpg"');
});

test('metadata beyond ASCII is proven and given back as the bytes that came, however the client has signed them', async () => {
  // As clients of Node and Java sign and send it, and as those of Python do.
  for (const [sent, asSigned] of [
    ['Gr\u00c3\u00bc\u00c3\u009fe', undefined],
    ['Gr\u00fc\u00dfe', 'Gr\u00c3\u00bc\u00c3\u009fe'],
  ] as const) {
    const request = { method: 'PUT', url: '/pictures/words', body: 'x', headers: { 'x-amz-meta-a': asSigned ?? sent } };
    const { headers } = signHeaders(store, request);
    const answer = await sendRaw(
      store.port,
      'PUT',
      request.url,
      { ...headers, 'x-amz-meta-a': sent, 'content-length': '1' },
      Buffer.from('x'),
    );
    assert.equal(answer.status, 200, answer.body.toString());
    assert.equal((await send({ url: '/pictures/words' })).headers['x-amz-meta-a'], sent);
  }
});

test('hostile XML is refused in S3 words', async () => {
  const remove = (body: string) => {
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    return send({ method: 'POST', url: '/pictures?delete', body, headers });
  };
  assert.equal(
    (await remove('<!DOCTYPE a [<!ENTITY x "y">]><Delete><Object><Key>&x;</Key></Object></Delete>')).code,
    'MalformedXML',
  );
  assert.equal((await remove('<Delete></Delete>')).code, 'MalformedXML');
  const many = '<Object><Key>a</Key></Object>'.repeat(1001);
  assert.equal((await remove(`<Delete>${many}</Delete>`)).code, 'MalformedXML');
  assert.equal((await remove(`<Delete>${' '.repeat(3 * 1024 * 1024)}</Delete>`)).code, 'MaxMessageLengthExceeded');
});

test('what S3 has and this store has not is refused as S3 refuses it', async () => {
  const put = (url: string, headers: Record<string, string> = {}) => send({ method: 'PUT', url, headers, body: '<a/>' });
  assert.equal((await put('/pictures?versioning')).code, 'NotImplemented');
  assert.equal((await put('/pictures?policy')).code, 'NotImplemented');
  assert.equal(
    (await put('/pictures/a', { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' })).code,
    'NotImplemented',
  );
  assert.equal((await put('/pictures/a', { 'x-amz-acl': 'public-read' })).code, 'AccessControlListNotSupported');
  assert.equal((await put('/pictures/a', { 'x-amz-storage-class': 'SHELF' })).code, 'InvalidStorageClass');
  assert.equal((await send({ url: '/pictures?policy' })).code, 'NoSuchBucketPolicy');
  assert.equal((await send({ url: '/pictures?cors' })).code, 'NoSuchCORSConfiguration');
  assert.equal((await send({ url: '/nowhere?policy' })).code, 'NoSuchBucket');
  assert.equal((await send({ method: 'PATCH', url: '/pictures/a' })).code, 'MethodNotAllowed');
  assert.equal((await send({ url: '/pictures/a?torrent' })).code, 'NotImplemented');
  assert.equal((await send({ url: '/pictures?max-keys=-1' })).code, 'InvalidArgument');
  assert.equal((await send({ url: '/pictures?encoding-type=gzip' })).code, 'InvalidArgument');
});
