// Buckets, their keys and listings through the real endpoint with the current AWS SDK.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
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

function fails(code: string, status: number) {
  return (error: { name: string; $metadata: { httpStatusCode?: number } }) => {
    assert.equal(error.$metadata.httpStatusCode, status);
    assert.equal(error.name, code);
    return true;
  };
}

test('buckets are created, listed, asked after and removed, though not while something is in them', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'another' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'another' }));
  const { Buckets, Owner } = await s3.send(new ListBucketsCommand({}));
  assert.deepEqual(
    Buckets?.map((bucket) => bucket.Name),
    ['another', Bucket],
  );
  assert.ok(Owner?.ID);
  await s3.send(new HeadBucketCommand({ Bucket: 'another' }));
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket: 'another' }))).LocationConstraint, undefined);
  await s3.send(new PutObjectCommand({ Bucket: 'another', Key: 'a', Body: 'a' }));
  await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket: 'another' })), fails('BucketNotEmpty', 409));
  await s3.send(new DeleteObjectCommand({ Bucket: 'another', Key: 'a' }));
  await s3.send(new DeleteBucketCommand({ Bucket: 'another' }));
  await assert.rejects(s3.send(new HeadBucketCommand({ Bucket: 'another' })), fails('NotFound', 404));
  await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket: 'another' })), fails('NoSuchBucket', 404));
  await assert.rejects(s3.send(new PutObjectCommand({ Bucket: 'another', Key: 'a', Body: 'a' })), fails('NoSuchBucket', 404));
  await assert.rejects(s3.send(new ListObjectsV2Command({ Bucket: 'another' })), fails('NoSuchBucket', 404));
});

test('any UTF-8 up to 1,024 bytes is a key, kept and listed verbatim in byte order', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'keys' }));
  const keys = [
    '..',
    '../../etc/passwd',
    'a',
    'a/b',
    'a//b',
    'dir/',
    '/',
    '//x',
    'a\\b',
    '%2e%2e',
    'a+b c',
    '\u{10ffff}',
    '\ufb01',
  ];
  keys.push('x'.repeat(900), `${'ä'.repeat(512)}`, '&<>"\'', 'a\u0001b\r\n\t', '<img onerror=x>', "!'()*~-_.", '\u2028');
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: 'keys', Key, Body: Key }));
  for (const Key of keys) {
    const answer = await s3.send(new GetObjectCommand({ Bucket: 'keys', Key }));
    assert.equal(await answer.Body?.transformToString(), Key);
  }
  const listed: string[] = [];
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: 'keys', MaxKeys: 3, EncodingType: 'url', ContinuationToken }));
    listed.push(...(page.Contents ?? []).map((object) => decodeURIComponent(object.Key ?? '')));
    ContinuationToken = page.NextContinuationToken;
    if (!page.IsTruncated) break;
  }
  assert.deepEqual(
    listed,
    keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
  await assert.rejects(put('x'.repeat(1025)), fails('KeyTooLongError', 400));
});

test('lists fold at the delimiter and continue where they stopped, in both versions', async () => {
  for (const Key of ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/d/1']) await put(Key);
  const first = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys: 2, FetchOwner: true }));
  assert.deepEqual(
    first.Contents?.map((object) => object.Key),
    ['l/a'],
  );
  assert.ok(first.Contents?.[0]?.Owner?.ID);
  assert.deepEqual(first.CommonPrefixes, [{ Prefix: 'l/b/' }]);
  assert.equal(first.KeyCount, 2);
  const rest = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/', ContinuationToken: first.NextContinuationToken }),
  );
  assert.deepEqual(
    rest.Contents?.map((object) => object.Key),
    ['l/c'],
  );
  assert.deepEqual(rest.CommonPrefixes, [{ Prefix: 'l/d/' }]);
  assert.equal(rest.IsTruncated, false);
  const v1 = await s3.send(new ListObjectsCommand({ Bucket, Prefix: 'l/', Delimiter: '/', Marker: 'l/a', MaxKeys: 1 }));
  assert.equal(v1.NextMarker, 'l/b/');
  const none = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
  assert.deepEqual([none.KeyCount, none.IsTruncated], [0, false]);
  const after = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', StartAfter: 'l/b/1' }));
  assert.deepEqual(
    after.Contents?.map((object) => object.Key),
    ['l/b/2', 'l/c', 'l/d/1'],
  );
});

test('many keys are removed at once, those that were not there included', async () => {
  const keys = Array.from({ length: 200 }, (_, at) => `many/${at} <&> ä`);
  await Promise.all(keys.map((Key) => put(Key)));
  const Objects = [...keys, 'many/none'].map((Key) => ({ Key }));
  const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  assert.equal(Deleted?.length, 201);
  assert.equal(Errors, undefined);
  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }))).KeyCount, 0);
  const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'x' }], Quiet: true } }));
  assert.equal(quiet.Deleted, undefined);
});
