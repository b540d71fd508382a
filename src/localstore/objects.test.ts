// Objects through the real endpoint with the current AWS SDK.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';

let store: TestStore;
let s3: S3Client;
const Bucket = 'pictures';

before(async () => {
  store = await startTestStore();
  s3 = testClient(store);
  await store.store.createBucket(Bucket);
});

after(async () => {
  s3.destroy();
  await store.stop();
});

async function put(Key: string, Body: Buffer | string = Key, more: object = {}) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
}

async function get(Key: string, more: object = {}) {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) };
}

function fails(code: string, status: number) {
  return (error: { name: string; $metadata: { httpStatusCode?: number } }) => {
    assert.equal(error.$metadata.httpStatusCode, status);
    assert.equal(error.name, code);
    return true;
  };
}

test('an object comes back as it was put, with its headers and metadata', async () => {
  const body = randomBytes(150_000);
  const headers = {
    ContentType: 'image/jpeg',
    ContentEncoding: 'gzip',
    ContentDisposition: 'attachment; filename="a.jpg"',
    ContentLanguage: 'fi',
    CacheControl: 'max-age=60',
    Metadata: { width: '10', name: 'a b' },
  };
  const { ETag, ChecksumCRC32 } = await put('in/cat.jpg', body, headers);
  assert.equal(ETag, `"${createHash('md5').update(body).digest('hex')}"`);
  const found = await get('in/cat.jpg', { ChecksumMode: 'ENABLED' });
  assert.deepEqual(found.bytes, body);
  assert.equal(found.ETag, ETag);
  assert.equal(found.ChecksumCRC32, ChecksumCRC32);
  assert.ok(ChecksumCRC32);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'in/cat.jpg' }));
  for (const answer of [found, head]) {
    assert.equal(answer.ContentLength, body.length);
    for (const [name, value] of Object.entries(headers)) assert.deepEqual(answer[name as keyof typeof answer], value);
  }
});

test('what is stored and what is told are one: each visible change is handed on once', async () => {
  store.changes.length = 0;
  const { ETag } = await put('told', 'abc');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'told' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'told' }));
  const told = store.changes.map(({ at, ...change }) => change);
  assert.deepEqual(told, [
    { bucket: Bucket, key: 'told', kind: 'put', etag: ETag?.replaceAll('"', ''), size: 3 },
    { bucket: Bucket, key: 'told', kind: 'delete' },
  ]);
});

test('ranges give their bytes, and 416 where there are none', async () => {
  const body = randomBytes(3_000_000);
  await put('ranges', body);
  assert.deepEqual((await get('ranges')).bytes, body);
  for (const [Range, expected, content] of [
    ['bytes=10-19', body.subarray(10, 20), 'bytes 10-19/3000000'],
    ['bytes=1000000-', body.subarray(1_000_000), 'bytes 1000000-2999999/3000000'],
    ['bytes=-5', body.subarray(-5), 'bytes 2999995-2999999/3000000'],
    ['bytes=0-', body, 'bytes 0-2999999/3000000'],
  ] as const) {
    const answer = await get('ranges', { Range });
    assert.equal(answer.$metadata.httpStatusCode, 206);
    assert.equal(answer.ContentRange, content);
    assert.deepEqual(answer.bytes, expected);
  }
  await assert.rejects(get('ranges', { Range: 'bytes=3000000-' }), fails('InvalidRange', 416));
});

test('reads keep their conditions', async () => {
  const { ETag } = await put('conditions');
  const past = new Date(Date.now() - 60_000);
  const future = new Date(Date.now() + 60_000);
  await get('conditions', { IfMatch: ETag });
  await get('conditions', { IfMatch: ETag, IfUnmodifiedSince: past });
  await get('conditions', { IfNoneMatch: '"other"', IfModifiedSince: future });
  await assert.rejects(get('conditions', { IfMatch: '"other"' }), fails('PreconditionFailed', 412));
  await assert.rejects(get('conditions', { IfUnmodifiedSince: past }), fails('PreconditionFailed', 412));
  const notModified = (error: { $metadata: { httpStatusCode?: number } }) => error.$metadata.httpStatusCode === 304;
  await assert.rejects(get('conditions', { IfNoneMatch: ETag }), notModified);
  await assert.rejects(get('conditions', { IfModifiedSince: new Date() }), notModified);
});

test('conditional writes: of many that may only create, one wins; a replacement needs the version it knows', async () => {
  const bodies = Array.from({ length: 20 }, (_, at) => `body ${at}`);
  const results = await Promise.allSettled(bodies.map((body) => put('once', body, { IfNoneMatch: '*' })));
  const won = results.flatMap((result, at) => (result.status === 'fulfilled' ? [bodies[at]] : []));
  assert.equal(won.length, 1);
  const { bytes, ETag } = await get('once');
  assert.equal(bytes.toString(), won[0]);
  await assert.rejects(put('once', 'x', { IfMatch: '"other"' }), fails('PreconditionFailed', 412));
  await assert.rejects(put('nothing there', 'x', { IfMatch: ETag }), fails('NoSuchKey', 404));
  await put('once', 'new', { IfMatch: ETag });
  await assert.rejects(
    s3.send(new DeleteObjectCommand({ Bucket, Key: 'once', IfMatch: ETag })),
    fails('PreconditionFailed', 412),
  );
  assert.equal((await get('once')).bytes.toString(), 'new');
});

test('a copy has the bytes; metadata is kept or replaced; a copy onto itself must change something', async () => {
  await put('copy/ä source', 'text', { Metadata: { a: 'b' }, ContentType: 'text/plain' });
  const CopySource = encodeURIComponent(`${Bucket}/copy/ä source`);
  const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy/1', CopySource }));
  assert.ok(copied.CopyObjectResult?.ETag);
  const kept = await get('copy/1');
  assert.deepEqual([kept.bytes.toString(), kept.Metadata, kept.ContentType], ['text', { a: 'b' }, 'text/plain']);
  const replace = { MetadataDirective: 'REPLACE', Metadata: { c: 'd' }, ContentType: 'text/html' } as const;
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy/1', CopySource: `${Bucket}/copy/1`, ...replace }));
  const replaced = await get('copy/1');
  assert.deepEqual([replaced.bytes.toString(), replaced.Metadata, replaced.ContentType], ['text', { c: 'd' }, 'text/html']);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'copy/ä source' }));
  assert.equal((await get('copy/1')).bytes.toString(), 'text');
  const itself = new CopyObjectCommand({ Bucket, Key: 'copy/1', CopySource: `${Bucket}/copy/1` });
  await assert.rejects(s3.send(itself), fails('InvalidRequest', 400));
  await assert.rejects(s3.send(new CopyObjectCommand({ Bucket, Key: 'copy/2', CopySource })), fails('NoSuchKey', 404));
  const condition = { CopySource: `${Bucket}/copy/1`, CopySourceIfMatch: '"other"' };
  await assert.rejects(s3.send(new CopyObjectCommand({ Bucket, Key: 'copy/2', ...condition })), fails('PreconditionFailed', 412));
});

test('metadata above 2 KB is refused', async () => {
  await put('meta', 'x', { Metadata: { a: 'x'.repeat(2047) } });
  await assert.rejects(put('meta', 'x', { Metadata: { a: 'x'.repeat(2048) } }), fails('MetadataTooLarge', 400));
});

test('bodies of every checksum are verified, kept and given back, streams with trailers too', async () => {
  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    const body = randomBytes(100_000);
    await put('sum', body, { ChecksumAlgorithm });
    const field = `Checksum${ChecksumAlgorithm}` as const;
    const { bytes, ...answer } = await get('sum', { ChecksumMode: 'ENABLED' });
    assert.deepEqual(bytes, body);
    assert.ok(answer[field], field);
    const stream = { Body: Readable.from([body]), ContentLength: body.length, ChecksumAlgorithm };
    await s3.send(new PutObjectCommand({ Bucket, Key: 'stream', ...stream }));
    assert.equal((await get('stream', { ChecksumMode: 'ENABLED' }))[field], answer[field]);
  }
});

test('the attributes of an object are told', async () => {
  await put('attributes', 'abc');
  const ObjectAttributes = ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'] as const;
  const answer = await s3.send(
    new GetObjectAttributesCommand({ Bucket, Key: 'attributes', ObjectAttributes: [...ObjectAttributes] }),
  );
  assert.equal(answer.ETag, createHash('md5').update('abc').digest('hex'));
  assert.equal(answer.ObjectSize, 3);
  assert.ok(answer.Checksum?.ChecksumCRC32);
});
