import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import { watchUploads } from './stale-uploads.ts';

let store: TestStore;
let s3: S3Client;
const Bucket = 'pictures';
const DAY = 24 * 60 * 60 * 1000;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket(Bucket);
  s3 = testClient(store);
});

after(async () => {
  s3.destroy();
  await store.stop();
});

async function restart(): Promise<void> {
  await store.restart();
  s3.destroy();
  s3 = testClient(store);
}

async function begin(Key: string): Promise<string> {
  return (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId ?? '';
}

async function part(Key: string, UploadId: string, PartNumber: number) {
  const Body = Buffer.alloc(5 * 1024 * 1024);
  return s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
}

/** As if it had been begun, or its parts had come, so many days ago. */
async function begun(upload: string, days: number): Promise<void> {
  await store.query('UPDATE store_upload SET created_at = $1 WHERE id = $2', [new Date(Date.now() - days * DAY), upload]);
}

async function came(upload: string, days: number, number = 0): Promise<void> {
  const at = new Date(Date.now() - days * DAY);
  await store.query('UPDATE store_part SET modified_at = $1 WHERE upload = $2 AND $3 IN (0, number)', [at, upload, number]);
}

async function uploads(): Promise<string[]> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  return Uploads.map(({ Key = '' }) => Key);
}

test('uploads to which nothing came for a week are aborted with a line in the log, others go on', async () => {
  const empty = await begin('empty');
  await begun(empty, 7.1);
  const stale = await begin('stale');
  for (const number of [1, 2]) await part('stale', stale, number);
  await begun(stale, 30);
  await came(stale, 8);
  const slow = await begin('slow');
  for (const number of [1, 2]) await part('slow', slow, number);
  await begun(slow, 30);
  await came(slow, 20);
  await came(slow, 6.9, 2);
  const young = await begin('young');
  await begun(young, 6.9);
  assert.equal((await store.blobFiles()).length, 4);

  store.lines.length = 0;
  await restart();
  for (const key of ['empty', 'stale']) await store.seen(({ level, data }) => level === 'info' && data.key === key);
  const line = store.lines.find(({ data }) => data.key === 'stale');
  assert.deepEqual(line?.data, { bucket: Bucket, key: 'stale', upload: stale, parts: 2, bytes: 10 * 1024 * 1024 });
  assert.deepEqual(await uploads(), ['slow', 'young']);
  await assert.rejects(part('stale', stale, 3), { name: 'NoSuchUpload' });

  const { ETag } = await part('slow', slow, 2);
  await s3.send(
    new CompleteMultipartUploadCommand({
      ...{ Bucket, Key: 'slow', UploadId: slow },
      MultipartUpload: { Parts: [{ PartNumber: 2, ETag }] },
    }),
  );
  await restart();
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
  assert.equal((await store.blobFiles()).length, 1);
});

test('a part that comes between the look and the abort saves its upload', async () => {
  const id = await begin('saved');
  await begun(id, 30);
  let waiting = 0;
  const lane = {
    write: () => assert.fail(),
    idle: async () => {},
    async alone<T>(run: (tx: never) => Promise<{ result: T }>): Promise<T> {
      waiting++;
      await store.query("INSERT INTO store_part VALUES ($1, 1, NULL, 0, 'e', NULL, now())", [id]);
      return (await run(store.db as never)).result;
    },
  };
  const nothing = () => {};
  const log = { debug: nothing, info: () => assert.fail('it was aborted'), warn: nothing, error: nothing };
  const watched = watchUploads(store.db, lane, log, 7 * DAY);
  await watched.collect();
  await watched.close();
  assert.equal(waiting, 1);
  assert.equal((await store.query('SELECT 1 FROM store_upload WHERE id = $1', [id])).rowCount, 1);
});

test('more uploads than one look takes are all aborted', async () => {
  const values = Array.from(
    { length: 250 },
    (_, at) => `('old${at}', '${Bucket}', 'old', '{}', '{}', NULL, NULL, NULL, '2020-01-01')`,
  );
  await store.query(`INSERT INTO store_upload VALUES ${values.join(', ')}`);
  await restart();
  await store.seen(() => store.lines.filter(({ data }) => data.key === 'old').length === 250);
  assert.equal((await store.query("SELECT 1 FROM store_upload WHERE key = 'old'")).rowCount, 0);
});
