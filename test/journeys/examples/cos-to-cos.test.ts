// From bucket to bucket, as the README says it, on a store that tells nothing by itself: events and timers by curl.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { missing, startExample } from '../../example.ts';
import { fixture } from '../../fixtures/make.ts';
import { startTestStore, testClient } from '../../local-store.ts';
import { until } from '../../program.ts';

const store = await startTestStore();
const client = testClient(store);
for (const bucket of ['source', 'destination']) await client.send(new CreateBucketCommand({ Bucket: bucket }));
const example = await startExample('cos-to-cos', {
  S3_ENDPOINT: store.endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: store.key.accessKeyId,
  AWS_SECRET_ACCESS_KEY: store.key.secretAccessKey,
});
after(() => store.stop());

const put = (bucket: string, key: string, body: Buffer | string) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
async function keys(bucket: string): Promise<(string | undefined)[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key);
}
async function read(key: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'destination', Key: key }));
  return Body?.transformToString();
}
async function answer<Answer>(path: string): Promise<Answer> {
  const response = await example.program.api(path);
  assert.equal(response.status, 200);
  return (await response.json()) as Answer;
}
const page = async (name: string) => JSON.parse(await readFile(join(example.folder, name), 'utf8'));

type Counters = Record<'cron' | 'cron_error' | 'cos' | 'cos_error', number>;
const counters = async () => {
  const { cron, cron_error, cos, cos_error } = await answer<Counters>('/events/stats');
  return { cron, cron_error, cos, cos_error };
};

test('the steps of the README', { skip: missing('aws', 'curl') }, async () => {
  const cat = await fixture('plain.jpg');
  await writeFile(join(example.folder, 'cat.jpg'), cat);
  await example.next();
  await example.next();
  await example.settled();
  const { stdout } = await example.next();
  assert.doesNotMatch(stdout, /albums\/cat\.jpg$/m, 'the source is empty');
  assert.deepEqual(await readFile(join(example.folder, 'moved.jpg')), cat, 'copied as it is');
  const hash = createHash('sha256').update(cat).digest('hex');
  assert.deepEqual(await example.query('SELECT original_sha256, output_sha256 FROM rendition_log'), [
    { original_sha256: hash, output_sha256: hash },
  ]);

  await put('source', 'unheard.txt', 'no event told of it');
  await example.next();
  await example.settled();
  assert.deepEqual([await keys('source'), await read('unheard.txt')], [[], 'no event told of it']);

  await example.next();
  const { cron, cron_error, cos, cos_error } = await page('stats.json');
  assert.deepEqual({ cron, cron_error, cos, cos_error }, { cron: 1, cron_error: 0, cos: 1, cos_error: 0 });
  const events: Record<string, unknown>[] = (await page('history.json')).items;
  const told = events.map(({ kind, sender, bucket, key, result }) => ({ kind, sender, bucket, key, result }));
  assert.deepEqual(told, [
    { kind: 'cron', sender: 'timer', bucket: null, key: null, result: 'done' },
    { kind: 'put', sender: 'ibm', bucket: 'source', key: 'albums/cat.jpg', result: 'delivered' },
  ]);
  const files: { key: string; source: { present: boolean }; outputs: { bucket: string; present: boolean; size: number }[] }[] = (
    await page('files.json')
  ).items;
  const places = files.map(({ key, source, outputs }) => [key, source.present, outputs[0]?.bucket, outputs[0]?.present]);
  assert.deepEqual(places, [
    ['albums/cat.jpg', false, 'destination', true],
    ['unheard.txt', false, 'destination', true],
  ]);
  assert.ok(example.finished());
});

test('a file that cannot be moved stays, is counted, and stops no other of the same pass', async () => {
  const before = await counters();
  await put('destination', 'b/taken', "somebody else's");
  for (const key of ['a/note', 'b/taken', 'c/note', "it's; a $(name).txt"]) await put('source', key, `this is ${key}`);
  const { stdout } = await example.inShell('npx pixmill token create passer-by --hook');
  const send = (path: string, body?: object) =>
    fetch(new URL(`${path}?token=${stdout.trim()}`, example.program.url), {
      method: 'POST',
      ...(body && { body: JSON.stringify(body) }),
    });
  assert.equal((await send('/events/cron')).status, 200, 'without a body');
  await example.settled();
  assert.deepEqual(await keys('source'), ['b/taken']);
  assert.equal(await read('a/note'), 'this is a/note');
  assert.equal(await read('c/note'), 'this is c/note', 'of one name, in another folder');
  assert.equal(await read("it's; a $(name).txt"), "this is it's; a $(name).txt");
  assert.equal(await read('b/taken'), "somebody else's");

  const event = (key: string, operation: string) => ({ bucket: 'source', endpoint: '', key, operation, notification: {} });
  assert.equal((await send('/events/cos', event('a/note', 'Object:Delete'))).status, 200, 'what its own deleting causes');
  assert.equal((await send('/events/cos', event('b/taken', 'Object:Write'))).status, 200);
  await example.settled();
  assert.equal(await read('a/note'), 'this is a/note');
  const { cron, cron_error, cos, cos_error } = before;
  const now = { cron: cron + 1, cron_error, cos: cos + 1, cos_error: cos_error + 1 };
  // Whoever asks within a second shares an answer.
  await until('they are counted', async () => isDeepStrictEqual(await counters(), now) || undefined, 5_000, 100);

  await example.restart();
  assert.deepEqual(await counters(), now, 'a restart forgets nothing');
});
