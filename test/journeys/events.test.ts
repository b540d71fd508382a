// Events of a store that is somebody else's, sent to the whole program: nothing but them tells it what to look at.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { type DatabaseProxy, startDatabaseProxy } from '../database-proxy.ts';
import { startTestStore, type TestStore, testClient } from '../local-store.ts';
import { createTestDatabase, type TestDatabase } from '../postgres.ts';
import { createDataFolder, type Program, removeDataFolder, startProgram, until } from '../program.ts';

const CONFIG = {
  pipelines: {
    thumbnail: {
      source: { bucket: 'pictures' },
      renditions: {
        small: { recipe: { resize: { width: 64 }, format: 'webp' }, to: { bucket: 'thumbnails', key: '{key}.webp' } },
        large: { recipe: { resize: { width: 128 }, format: 'webp' }, to: { bucket: 'thumbnails', key: 'large/{key}.webp' } },
      },
    },
  },
};

let store: TestStore;
let client: S3Client;
let database: TestDatabase;
let proxy: DatabaseProxy;
let data: string;
let program: Program;
let token: string;

before(async () => {
  store = await startTestStore();
  for (const bucket of ['pictures', 'thumbnails']) await store.store.createBucket(bucket);
  client = testClient(store);
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.address);
  data = await createDataFolder();
  await writeFile(join(data, 'pixmill.config.json'), JSON.stringify(CONFIG));
  program = await startProgram(data, {
    PIXMILL_CONFIG: join(data, 'pixmill.config.json'),
    DATABASE_URL: proxy.url,
    S3_ENDPOINT: store.endpoint,
    AWS_ACCESS_KEY_ID: store.key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.key.secretAccessKey,
  });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ kind: 'hook', name: 'the store' });
  const made = await program.api('/api/v1/tokens', { method: 'POST', headers, body });
  token = ((await made.json()) as { secret: string }).secret;
});
after(async () => {
  client.destroy();
  const code = await program.stop();
  await removeDataFolder(data);
  await proxy.cut();
  await database.drop();
  await store.stop();
  assert.equal(code, 0, program.output());
});

function picture(colour: string): Promise<Buffer> {
  return sharp({ create: { width: 300, height: 200, channels: 3, background: colour } })
    .jpeg()
    .toBuffer();
}

async function put(key: string, colour = '#3366cc'): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: 'pictures', Key: key, Body: await picture(colour) }));
}

/** As Ceph tells of it, whose keys are as they are. */
function event(key: string, eventName = 'ObjectCreated:Put', bucket = 'pictures') {
  const s3 = { bucket: { name: bucket }, object: { key, size: 1, eTag: 'not looked at' } };
  return { Records: [{ eventVersion: '2.2', eventSource: 'ceph:s3', eventName, s3, eventId: `${eventName} ${key}` }] };
}

function send(body: unknown, path = '/hooks/events'): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(new URL(path, program.url), { method: 'POST', headers, body: JSON.stringify(body) });
}

async function counted(body: unknown): Promise<unknown> {
  const answer = await send(body);
  assert.equal(answer.status, 200);
  return answer.json();
}

interface Told {
  id: number;
  state: string;
  renditions: { key: string; madeAt: string }[];
}

async function objects(key: string, state: string): Promise<Told[]> {
  const answer = await program.api(`/api/v1/objects?${new URLSearchParams({ bucket: 'pictures', key, state })}`);
  // Right after the database is back some connections are still the broken ones.
  return answer.ok ? ((await answer.json()) as { items: Told[] }).items : [];
}

async function inState(key: string, state: string, milliseconds?: number): Promise<Told> {
  return until(`${key} is ${state}`, async () => (await objects(key, state))[0], milliseconds);
}

interface Chapter {
  what: string;
  kind: string;
}

async function story(key: string): Promise<Chapter[]> {
  const answer = await program.api(`/api/v1/history?${new URLSearchParams({ bucket: 'pictures', key })}`);
  return ((await answer.json()) as { story: Chapter[] }).story;
}

function exists(key: string): Promise<boolean> {
  return client.send(new HeadObjectCommand({ Bucket: 'thumbnails', Key: key })).then(
    () => true,
    () => false,
  );
}

test('an event of a foreign store leads to the renditions of what it names', async () => {
  await put('in/a+b%2Bc ä.jpg');
  assert.deepEqual(await counted(event('in/a+b%2Bc ä.jpg')), { received: 1, ignored: 0 });
  const { renditions } = await inState('in/a+b%2Bc ä.jpg', 'done');
  assert.equal(renditions.length, 2);
  assert.ok(await exists('in/a+b%2Bc ä.jpg.webp'));
});

test('one hundred copies of an event at once are one set of outputs, and one row each', async () => {
  await put('copies.jpg');
  const answers = await Promise.all(Array.from({ length: 100 }, () => counted(event('copies.jpg'))));
  assert.ok(answers.every((answer) => JSON.stringify(answer) === '{"received":1,"ignored":0}'));
  await inState('copies.jpg', 'done');
  await until('the queue is empty', async () => {
    const stats = (await (await program.api('/api/v1/stats')).json()) as { queue: { waiting: number; active: number } };
    return stats.queue.waiting + stats.queue.active === 0 ? true : undefined;
  });
  const [object, ...more] = await objects('copies.jpg', 'done');
  assert.deepEqual(more, []);
  assert.equal(object?.renditions.length, 2);
  const told = await story('copies.jpg');
  assert.equal(told.filter(({ what }) => what === 'event').length, 100);
  assert.equal(told.filter(({ what, kind }) => what === 'action' && kind === 'rendered').length, 1, JSON.stringify(told));
});

test('the event of an output is ignored', async () => {
  await put('loop.jpg');
  await counted(event('loop.jpg'));
  await inState('loop.jpg', 'done');
  assert.deepEqual(await counted(event('loop.jpg.webp', 'ObjectCreated:Put', 'thumbnails')), { received: 0, ignored: 1 });
});

test('a delete that comes before the put it follows leaves the object deleted', async () => {
  await put('gone.jpg');
  await counted(event('gone.jpg'));
  await inState('gone.jpg', 'done');
  await client.send(new DeleteObjectCommand({ Bucket: 'pictures', Key: 'gone.jpg' }));
  await counted(event('gone.jpg', 'ObjectRemoved:Delete'));
  await counted(event('gone.jpg'));
  await inState('gone.jpg', 'gone');
  await until('its renditions are gone', async () =>
    (await exists('gone.jpg.webp')) || (await exists('large/gone.jpg.webp')) ? undefined : true,
  );
});

test('an event of what was never there is recorded, and nothing is tried again', async () => {
  await counted(event('never.jpg', 'ObjectCreated:Post'));
  await inState('never.jpg', 'gone');
  assert.deepEqual(
    (await story('never.jpg')).map(({ kind }) => kind),
    ['put', 'gone'],
  );
});

test('a timer finds what no event told of', async () => {
  await put('silent.jpg');
  assert.equal((await send({}, '/events/cron')).status, 200);
  await inState('silent.jpg', 'done');
});

test('with the database away events are 503 and nothing is acknowledged; sent again, all of them are done', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `outage/${index}.jpg`);
  await Promise.all(keys.map((key) => put(key)));
  await proxy.cut();
  const refused = await Promise.all(keys.map((key) => send(event(key))));
  for (const answer of refused) {
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
  }
  await proxy.mend();
  // As a store does: again, until it is taken.
  await Promise.all(
    keys.map((key) => until(`the event of ${key} is taken`, async () => ((await send(event(key))).ok ? true : undefined))),
  );
  for (const key of keys) await inState(key, 'done');
  for (const key of keys) assert.ok(await exists(`${key}.webp`), key);
});

test('what was acknowledged before the database went away is done when it is back', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `acknowledged/${index}.jpg`);
  await Promise.all(keys.map((key) => put(key)));
  await Promise.all(keys.map((key) => counted(event(key))));
  await proxy.cut();
  await proxy.mend();
  // A job whose outcome could not be recorded comes back when its heartbeat has been missed, after half a minute and more.
  for (const key of keys) await inState(key, 'done', 120_000);
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'thumbnails', Key: `${keys[0]}.webp` }));
  const { width } = await sharp(Buffer.from((await Body?.transformToByteArray()) ?? [])).metadata();
  assert.equal(width, 64);
});

test('the log has a line for each message and no secret', () => {
  assert.match(program.output(), /"sender":"the store".*"msg":"message received"/);
  assert.ok(!program.output().includes(token.slice(4)));
});
