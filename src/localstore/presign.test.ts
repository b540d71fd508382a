// Presigned URLs and virtual hosts, as the current AWS SDK makes them.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';

let store: TestStore;
let s3: S3Client;
const Bucket = 'pictures';

before(async () => {
  store = await startTestStore();
  s3 = testClient(store, { requestChecksumCalculation: 'WHEN_REQUIRED' });
  await store.store.createBucket(Bucket);
});

after(async () => {
  s3.destroy();
  await store.stop();
});

test('a presigned PUT takes one object with its content type and metadata, and nothing else', async () => {
  const put = new PutObjectCommand({ Bucket, Key: 'ä b', ContentType: 'image/png', Metadata: { by: 'somebody' } });
  const url = await getSignedUrl(s3, put, { expiresIn: 60, signableHeaders: new Set(['content-type']) });
  const send = (type: string, target = url) => fetch(target, { method: 'PUT', body: 'bytes', headers: { 'content-type': type } });
  assert.equal((await send('image/png')).status, 200);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'ä b' }));
  assert.deepEqual([head.ContentType, head.Metadata], ['image/png', { by: 'somebody' }]);
  assert.equal((await send('text/html')).status, 403);
  assert.equal((await send('image/png', url.replace('somebody', 'else'))).status, 403);
  assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
});

test('a presigned PUT that may only create answers 412 when it is used again', async () => {
  const put = new PutObjectCommand({ Bucket, Key: 'once', IfNoneMatch: '*' });
  const url = await getSignedUrl(s3, put, { expiresIn: 60, unhoistableHeaders: new Set(['if-none-match']) });
  const send = () => fetch(url, { method: 'PUT', body: 'bytes', headers: { 'if-none-match': '*' } });
  assert.equal((await send()).status, 200);
  assert.equal((await send()).status, 412);
});

test('a presigned PUT made with the checksum of an empty body takes an empty body only, as in S3', async () => {
  const eager = testClient(store);
  const url = await getSignedUrl(eager, new PutObjectCommand({ Bucket, Key: 'empty' }), { expiresIn: 60 });
  assert.match(url, /x-amz-checksum-crc32/);
  assert.equal((await fetch(url, { method: 'PUT', body: 'bytes' })).status, 400);
  eager.destroy();
});

test('a presigned GET overrides headers, and ends with its time', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'get', Body: 'bytes' }));
  const get = new GetObjectCommand({ Bucket, Key: 'get', ResponseContentDisposition: 'attachment; filename="ä.jpg"' });
  const answer = await fetch(await getSignedUrl(s3, get, { expiresIn: 60 }));
  assert.equal(await answer.text(), 'bytes');
  const disposition = answer.headers.get('content-disposition') ?? '';
  assert.equal(Buffer.from(disposition, 'latin1').toString(), 'attachment; filename="ä.jpg"');
  const signingDate = new Date(Date.now() - 61_000);
  const late = await fetch(await getSignedUrl(s3, get, { expiresIn: 60, signingDate }));
  assert.equal(late.status, 403);
  assert.match(await late.text(), /<Code>AccessDenied<\/Code><Message>Request has expired/);
});

test('the bucket may stand in the host', async () => {
  const get = new GetObjectCommand({ Bucket, Key: 'get' });
  const hosted = testClient({ endpoint: `http://localhost:${store.port}`, key: store.key }, { forcePathStyle: false });
  const target = new URL(await getSignedUrl(hosted, get, { expiresIn: 60 }));
  hosted.destroy();
  assert.equal(target.hostname, 'pictures.localhost');
  const body = await new Promise<string>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: store.port,
      path: target.pathname + target.search,
      headers: { host: target.host },
    };
    http.get(options, (answer) => answer.on('data', (bytes: Buffer) => resolve(bytes.toString()))).on('error', reject);
  });
  assert.equal(body, 'bytes');
});
