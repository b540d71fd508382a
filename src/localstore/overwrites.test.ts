// Objects that are replaced while they are read: a reader gets one version, its bytes, headers and length.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
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

/** The bytes of a version: every 8 of them say which it is. */
function bytesOf(version: string, size: number): Buffer {
  return Buffer.alloc(size, version.padStart(8, '.'));
}

async function put(Key: string, version: string, size: number): Promise<void> {
  const Body = bytesOf(version, size);
  const params = { Bucket, Key, Body, Metadata: { version } };
  // Above 5 MB in parts, half of the time.
  if (size > 5_500_000 && Number(version) % 2 === 0) await new Upload({ client: s3, params }).done();
  else await s3.send(new PutObjectCommand(params));
}

/** Reads, whole or in part, and compares every byte with the version that the headers name. @returns that version */
async function readOne(Key: string, Range?: string): Promise<string> {
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
  const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
  const [, start = '0', size = answer.ContentLength] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.ContentRange ?? '') ?? [];
  const version = answer.Metadata?.version ?? '';
  assert.equal(bytes.length, answer.ContentLength);
  const whole = bytesOf(version, Number(size));
  assert.ok(bytes.equals(whole.subarray(Number(start), Number(start) + bytes.length)), `${Key}: a mixture of versions`);
  return version;
}

test('of objects that are overwritten, copied over and deleted under load, every read is one version', async () => {
  const WRITES = 8;
  // In one read, through two buffers, and in parts.
  const objects = { small: 150_000, medium: 3_000_000, large: 6_000_000 };
  const seen = new Set<string>();
  let version = 10_000;
  let writers = 0;
  let reads = 0;
  async function write(key: string, size: number): Promise<void> {
    writers++;
    for (let count = 0; count < WRITES; count++) {
      await put(key, String(version++), size + ((count * 7919) % 99_991));
      if (count % 4 === 2) await s3.send(new CopyObjectCommand({ Bucket, Key: key, CopySource: `${Bucket}/other ${key}` }));
      if (count % 6 === 4) await s3.send(new DeleteObjectCommand({ Bucket, Key: key }));
    }
    writers--;
  }
  async function read(key: string, range: string | undefined): Promise<void> {
    while (writers > 0) {
      try {
        seen.add(`${key} ${await readOne(key, range)}`);
        reads++;
      } catch (error) {
        // Deleted just now.
        if ((error as Error).name !== 'NoSuchKey') throw error;
      }
    }
  }
  const all = Object.entries(objects);
  for (const [key, size] of all) for (const name of [key, `other ${key}`]) await put(name, String(version++), size);
  const writing = all.flatMap(([key, size]) => [write(key, size), write(key, size)]);
  const reading = all.flatMap(([key]) => [undefined, 'bytes=100000-149999', 'bytes=-130000'].map((range) => read(key, range)));
  await Promise.all([...writing, ...reading]);
  assert.ok(reads > 50 && seen.size > 15, `${reads} reads saw ${seen.size} versions`);
});

test('a read that is under way goes on with the version it began with, after which that is removed', async () => {
  for (const [first, size] of [
    ['1', 3_000_000],
    ['1', 20_000_000],
    // In parts.
    ['2', 20_000_000],
  ] as const) {
    await put('slow', first, size);
    const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key: 'slow' }));
    // Node holds back what nobody reads: the server is in the midst of it.
    for (const version of ['3', '4', '5']) await put('slow', version, size);
    assert.equal(Metadata?.version, first);
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    assert.ok(bytes.equals(bytesOf(first, size)));
  }
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'slow' }));
  await store.restart();
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
});
