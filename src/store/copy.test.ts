import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import type { Store } from '../domain/ports.ts';
import { openStore } from './s3.ts';

let endpoint: TestStore;
let client: S3Client;
let store: Store;
before(async () => {
  endpoint = await startTestStore();
  client = testClient(endpoint);
  store = openStore({ endpoint: endpoint.endpoint, region: 'us-east-1', credentials: endpoint.key });
  for (const bucket of ['from', 'dest']) await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
after(async () => {
  client.destroy();
  await endpoint.stop();
});

const options = { contentType: undefined, headers: undefined, metadata: {}, onlyOver: 'absent' } as const;

async function put(key: string, body = 'bytes', more: object = {}): Promise<{ bucket: string; key: string; etag: string }> {
  await client.send(new PutObjectCommand({ Bucket: 'from', Key: key, Body: body, ...more }));
  return { bucket: 'from', key, etag: (await store.head('from', key))?.etag ?? '' };
}

test('a key that a URL would read as its own is copied by its name', async () => {
  const key = 'a b/ü+%25?versionId=1&#"%.txt';
  const copied = await store.copy(await put(key), { bucket: 'dest', key }, options);
  assert.equal((await store.get('dest', key, { limit: 100 }))?.body?.toString(), 'bytes');
  assert.equal(copied?.etag, createHash('md5').update('bytes').digest('hex'));
});

test('what S3 keeps with an object goes along as it is told', async () => {
  const from = await put('kept', 'bytes', {
    ContentType: 'text/x-test',
    CacheControl: 'max-age=60',
    ContentDisposition: 'attachment; filename="a"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'fi',
    Expires: new Date('2030-01-01'),
  });
  const head = await store.head('from', 'kept');
  assert.equal(head?.headers?.expires?.getUTCFullYear(), 2030);
  await store.copy(
    from,
    { bucket: 'dest', key: 'kept' },
    {
      ...options,
      contentType: head?.contentType,
      headers: head?.headers,
      metadata: { word: 'mine' },
    },
  );
  const copy = await store.head('dest', 'kept');
  assert.deepEqual([copy?.contentType, copy?.headers, copy?.metadata], ['text/x-test', head?.headers, { word: 'mine' }]);
});

test('a copy of an object in several parts is told by its bytes, never by the checksums of its parts', async () => {
  const body = Buffer.alloc(6_000_000, 'x');
  const upload = { Bucket: 'from', Key: 'parts', Body: body, ChecksumAlgorithm: 'SHA256' } as const;
  await new Upload({ client, params: upload, partSize: 5 * 1024 * 1024 }).done();
  const etag = (await store.head('from', 'parts'))?.etag ?? '';
  assert.match(etag, /-2$/);
  const copied = await store.copy({ bucket: 'from', key: 'parts', etag }, { bucket: 'dest', key: 'parts' }, options);
  assert.equal(copied?.sha256, createHash('sha256').update(body).digest('hex'));
});

test('a checksum of the whole is told in hex', async () => {
  const from = await put('summed', 'bytes', { ChecksumAlgorithm: 'SHA256' });
  const copied = await store.copy(from, { bucket: 'dest', key: 'summed' }, options);
  assert.equal(copied?.sha256, createHash('sha256').update('bytes').digest('hex'));
});

test('only the version asked for is copied, and only over what is expected', async () => {
  const from = await put('version');
  const to = { bucket: 'dest', key: 'version' };
  await assert.rejects(store.copy({ ...from, etag: '0'.repeat(32) }, to, options), { code: 'changed' });
  await store.copy(from, to, options);
  await assert.rejects(store.copy(from, to, options), { code: 'changed' });
  await store.copy(from, to, { ...options, onlyOver: { etag: from.etag } });
});

test('a source that is not there is no fault, and a bucket that is not there is one', async () => {
  const from = { bucket: 'from', key: 'never', etag: 'x' };
  assert.equal(await store.copy(from, { bucket: 'dest', key: 'never' }, options), undefined);
  await assert.rejects(store.copy(await put('there'), { bucket: 'nowhere', key: 'a' }, options), { code: 'not_found' });
});
