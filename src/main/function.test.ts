// The function on the real database, the real object store (as a foreign one) and the real renderer. A gate stands before the
// store, so that it can be slow, and away for single objects.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { type Gate, startGate } from '../../test/gate.ts';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { until } from '../../test/program.ts';
import { type Environment, readEnvironment } from '../config/env.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import type { Ledger } from '../ledger/schema.ts';
import { openQueue } from '../queue/queue.ts';
import { type BatchAnswer, type InvocationContext, openFunction, type PictureFunction } from './function.ts';

const log = { debug() {}, info() {}, warn() {}, error: console.error };

let testDatabase: TestDatabase;
let database: Database<Ledger>;
let store: TestStore;
let client: S3Client;
let gate: Gate;
let folder: string;
let environment: Environment;
let pictures: PictureFunction;
let red: Buffer;
let config: object;

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 4);
  await migrateUp(database.db);
  store = await startTestStore();
  for (const bucket of ['pictures', 'thumbs', 'input', 'output']) await store.store.createBucket(bucket);
  gate = await startGate(store.endpoint);
  client = testClient(store);
  folder = await mkdtemp(join(tmpdir(), 'pixmill-function-'));
  config = {
    pipelines: {
      thumbnail: {
        source: { bucket: 'pictures' },
        renditions: { thumb: { recipe: { resize: { width: 32 }, format: 'webp' }, to: { bucket: 'thumbs', key: '{key}.webp' } } },
      },
      hand: {
        source: { bucket: 'input' },
        original: 'delete',
        renditions: { negative: { recipe: { negate: true }, to: { bucket: 'output', key: '{key}' } } },
      },
    },
  };
  await writeFile(join(folder, 'pixmill.config.json'), JSON.stringify(config));
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: store.key.accessKeyId, AWS_SECRET_ACCESS_KEY: store.key.secretAccessKey });
  environment = readEnvironment({
    DATABASE_URL: (testDatabase.address as { url: string }).url,
    S3_ENDPOINT: gate.url,
    PIXMILL_CONFIG: join(folder, 'pixmill.config.json'),
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
  });
  pictures = await openFunction(environment, log);
  red = await sharp({ create: { width: 120, height: 80, channels: 3, background: '#f00' } })
    .png()
    .toBuffer();
});
after(async () => {
  await pictures.stop();
  client.destroy();
  await gate.stop();
  await store.stop();
  await database.close();
  await testDatabase.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  gate.rule();
  gate.seen.length = 0;
  await database.pool.query('TRUNCATE original, rendition, failure, event, action, run');
  await store.query('TRUNCATE store_object');
});

async function put(key: string, body: Buffer | string = red, bucket = 'pictures'): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

function s3Event(key: string, bucket = 'pictures', changes: object = {}) {
  const s3 = { bucket: { name: bucket }, object: { key, size: 1, eTag: 'e' } };
  return { Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3, ...changes }] };
}

/** A batch as Lambda hands it on, of bodies by the ids of their messages. */
function batch(bodies: Record<string, unknown>, receives = 1) {
  const Records = Object.entries(bodies).map(([messageId, body]) => ({
    messageId,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: String(receives) },
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:uploads',
  }));
  return { Records };
}

/** So many milliseconds from now. */
function within(milliseconds = 60_000): InvocationContext {
  const end = Date.now() + milliseconds;
  return { functionName: 'pictures', awsRequestId: 'request', getRemainingTimeInMillis: () => end - Date.now() };
}

async function failuresOf(event: unknown, context = within(), given = pictures): Promise<string[]> {
  const { batchItemFailures } = (await given.handle(event, context)) as BatchAnswer;
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

async function rowsOf(statement: string): Promise<Record<string, unknown>[]> {
  return (await database.pool.query(statement)).rows;
}

const renditions = () => rowsOf('SELECT key FROM rendition ORDER BY key').then((rows) => rows.map(({ key }) => key));
const actions = () => rowsOf('SELECT kind FROM action ORDER BY kind').then((rows) => rows.map(({ kind }) => kind));

test('a batch makes each object that it names once, however often that is, and answers all its events', async () => {
  await put('a.png');
  await put('b.png');
  const bodies = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`m${index}`, s3Event(index % 3 ? 'a.png' : 'b.png')]),
  );
  assert.deepEqual(await failuresOf(batch(bodies)), []);
  assert.deepEqual(await renditions(), ['a.png.webp', 'b.png.webp']);
  assert.deepEqual(await actions(), ['rendered', 'rendered']);
  const events = await rowsOf('SELECT DISTINCT door, sender, kind, result FROM event');
  assert.deepEqual(events, [{ door: 'lambda', sender: 'uploads', kind: 'put', result: 'rendered' }]);
  assert.equal((await rowsOf('SELECT FROM event')).length, 10);

  assert.deepEqual(await failuresOf(batch(bodies, 2)), []);
  assert.deepEqual(await actions(), ['rendered', 'rendered', 'unchanged', 'unchanged']);
});

test('one hundred invocations with the same event make one set of outputs', async () => {
  await put('a.png');
  for (let time = 0; time < 100; time++) await failuresOf(batch({ m: s3Event('a.png') }));
  assert.deepEqual(await renditions(), ['a.png.webp']);
  assert.equal((await actions()).filter((kind) => kind === 'rendered').length, 1);
});

test('of a batch with bad messages only those are reported, and history has the reason', async () => {
  await put('a.png');
  const bodies = {
    good: s3Event('a.png'),
    garbled: '{',
    encoded: s3Event('%E0%A4%A'),
    major: s3Event('a.png', 'pictures', { eventVersion: '3.0' }),
    timer: { id: 't', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} },
    elsewhere: s3Event('a.png', 'unknown'),
    test: { Service: 'Amazon S3', Event: 's3:TestEvent', RequestId: 'r' },
  };
  assert.deepEqual(await failuresOf(batch(bodies)), ['garbled', 'encoded', 'major', 'timer']);
  assert.deepEqual(await renditions(), ['a.png.webp']);
  const rejected = await rowsOf(`SELECT detail FROM event WHERE kind = 'rejected' ORDER BY id`);
  for (const [index, reason] of [/is not JSON/, /"%E0%A4%A" is not encoded/, /eventVersion /, /sweeps no sources/].entries()) {
    assert.match(String(rejected[index]?.detail), reason);
  }
  assert.deepEqual(await rowsOf('SELECT FROM run'), []);
});

test('S3 inside SNS inside SQS is the same as direct', async () => {
  await put('a b+c.png');
  const Message = JSON.stringify(s3Event('a+b%2Bc.png'));
  assert.deepEqual(await failuresOf(batch({ m: { Type: 'Notification', TopicArn: 'arn', MessageId: 'n', Message } })), []);
  assert.deepEqual(await renditions(), ['a b+c.png.webp']);
});

test('a picture that cannot be rendered is recorded as a failure, and its message is done with', async () => {
  await put('bad.png', 'no picture');
  assert.deepEqual(await failuresOf(batch({ m: s3Event('bad.png') })), []);
  assert.deepEqual(await rowsOf('SELECT class FROM failure'), [{ class: 'unsupported' }]);
  assert.deepEqual(await rowsOf('SELECT result FROM event'), [{ result: 'failed' }]);
});

test('with the store away for one object its message comes back, and is done when the store is there', async () => {
  await put('here.png');
  await put('away.png');
  gate.rule(({ path }) => (path.includes('away.png') ? 503 : 'pass'));
  const bodies = { one: s3Event('here.png'), two: s3Event('away.png') };
  assert.deepEqual(await failuresOf(batch(bodies)), ['two']);
  assert.deepEqual(await renditions(), ['here.png.webp']);
  assert.deepEqual(await rowsOf(`SELECT result FROM event WHERE key = 'away.png'`), [{ result: null }]);
  assert.deepEqual(await rowsOf(`SELECT state FROM original WHERE key = 'away.png'`), [{ state: 'pending' }]);

  gate.rule();
  assert.deepEqual(await failuresOf(batch({ two: s3Event('away.png') }, 2)), []);
  assert.deepEqual(await renditions(), ['away.png.webp', 'here.png.webp']);
  assert.deepEqual(await rowsOf(`SELECT DISTINCT result FROM event WHERE key = 'away.png'`), [{ result: 'rendered' }]);
});

test('what has come back too often becomes a failure', async () => {
  await put('away.png');
  gate.rule(() => 503);
  assert.deepEqual(await failuresOf(batch({ m: s3Event('away.png') }, 8)), []);
  assert.deepEqual(await rowsOf('SELECT class, attempts FROM failure'), [{ class: 'store_unavailable', attempts: 8 }]);
});

test('an original that its pipeline lets go is gone in the end, and a deleted one takes its renditions along', async () => {
  await put('a.png', red, 'input');
  await put('b.png');
  assert.deepEqual(await failuresOf(batch({ one: s3Event('a.png', 'input'), two: s3Event('b.png') })), []);
  const states = () => rowsOf('SELECT key, state FROM original ORDER BY key');
  assert.deepEqual(await states(), [
    { key: 'a.png', state: 'delivered' },
    { key: 'b.png', state: 'done' },
  ]);
  assert.equal((await store.query(`SELECT FROM store_object WHERE bucket = 'input'`)).rowCount, 0);

  await store.query(`DELETE FROM store_object WHERE bucket = 'pictures'`);
  assert.deepEqual(await failuresOf(batch({ m: s3Event('b.png', 'pictures', { eventName: 'ObjectRemoved:Delete' }) })), []);
  assert.deepEqual(await renditions(), ['a.png']);
  assert.equal((await store.query(`SELECT FROM store_object WHERE bucket = 'thumbs'`)).rowCount, 0);
});

test('with too little time left nothing is begun, and all of it comes back', async () => {
  await put('a.png');
  const times = [30_000, 30_000, 9_000];
  const context = { functionName: 'f', awsRequestId: 'request', getRemainingTimeInMillis: () => times.shift() ?? 9_000 };
  assert.deepEqual(await failuresOf(batch({ one: s3Event('a.png'), two: s3Event('a.png') }), context), ['one', 'two']);
  assert.deepEqual(gate.seen, []);
  assert.deepEqual(await rowsOf('SELECT DISTINCT result FROM event'), [{ result: null }]);
});

test('what is under way when the time is over comes back, and what it does afterwards does not count', async () => {
  await put('quick.png');
  await put('slow.png');
  const opened = Promise.withResolvers<void>();
  gate.rule(({ path, method }) => (method === 'GET' && path.includes('slow.png') ? opened.promise : 'pass'));
  const started = Date.now();
  assert.deepEqual(await failuresOf(batch({ one: s3Event('quick.png'), two: s3Event('slow.png') }), within(3_000)), ['two']);
  assert.ok(Date.now() - started < 3_000);
  assert.deepEqual(await renditions(), ['quick.png.webp']);

  gate.rule();
  opened.resolve();
  await until('it is written in vain', async () =>
    (await store.query(`SELECT FROM store_object WHERE key = 'slow.png.webp'`)).rowCount ? true : undefined,
  );
  assert.deepEqual(await failuresOf(batch({ two: s3Event('slow.png') }, 2)), []);
  assert.deepEqual(await renditions(), ['quick.png.webp', 'slow.png.webp']);
  assert.deepEqual(await actions(), ['rendered', 'rendered'], 'each of them once');
});

test('of two functions with the same object one renders it, while the other waits', async () => {
  await put('a.png');
  const other = await openFunction(environment, log);
  const opened = Promise.withResolvers<void>();
  gate.rule(() => opened.promise);
  try {
    const both = Promise.all([pictures, other].map((one) => failuresOf(batch({ m: s3Event('a.png') }), within(), one)));
    const connections = await until('both have asked for the lock', async () => {
      const rows = await rowsOf(`SELECT query FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'pixmill' AND pid <> pg_backend_pid()`);
      // All that are not the test's own.
      const theirs = rows.length + 1 - database.pool.totalCount;
      return rows.filter(({ query }) => /pg_try_advisory_lock/.test(String(query))).length === 2 ? theirs : undefined;
    });
    assert.equal(connections, 4, 'two each');
    assert.equal(gate.seen.length, 1, 'one of them reads the object');
    opened.resolve();
    assert.deepEqual(await both, [[], []]);
    assert.deepEqual(await actions(), ['rendered', 'unchanged']);
  } finally {
    opened.resolve();
    await other.stop();
  }
});

test('objects that others hold until the end keep the rest of the batch back no longer than they take', async () => {
  const held = ['held-1.png', 'held-2.png'];
  for (const key of [...held, 'free.png']) await put(key);
  const holder = await database.pool.connect();
  try {
    for (const key of held) await holder.query(`SELECT pg_advisory_lock(hashtextextended('pictures/${key}', ${0x6f626a}))`);
    const bodies = { one: s3Event('held-1.png'), two: s3Event('held-2.png'), three: s3Event('free.png') };
    assert.deepEqual(await failuresOf(batch(bodies), within(6_000)), ['one', 'two']);
    assert.deepEqual(await renditions(), ['free.png.webp']);
  } finally {
    holder.release(true);
  }
});

test('an event by itself is reconciled, whoever sends it, and an error says that it must come again', async () => {
  for (const key of ['s3.png', 'bridge.png', 'sns.png']) await put(key);
  const object = { bucket: { name: 'pictures' }, object: { key: 'bridge.png' } };
  const Sns = { Type: 'Notification', TopicArn: 'arn', MessageId: 'n', Message: JSON.stringify(s3Event('sns.png')) };
  for (const event of [
    s3Event('s3.png'),
    { id: 'e', 'detail-type': 'Object Created', source: 'aws.s3', detail: object },
    { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', Sns }] },
  ]) {
    assert.deepEqual(await pictures.handle(event, within()), { objects: 1 });
  }
  assert.deepEqual(await renditions(), ['bridge.png.webp', 's3.png.webp', 'sns.png.webp']);
  assert.deepEqual(await rowsOf('SELECT DISTINCT door, sender FROM event'), [{ door: 'lambda', sender: 'pictures' }]);

  await put('away.png');
  gate.rule(() => 503);
  await assert.rejects(pictures.handle(s3Event('away.png'), within()), /^Fault: pictures\/away\.png: .*does not answer/);
  await assert.rejects(pictures.handle({ hello: 1 }, within()), { code: 'invalid' });
});

test('with the database away every message comes back', async () => {
  const cut = await openFunction({ ...environment }, log);
  await cut.stop();
  assert.deepEqual(await failuresOf(batch({ one: s3Event('a.png'), two: s3Event('b.png') }), within(), cut), ['one', 'two']);
});

test('what it makes is announced by those who work the queue of the same database', async () => {
  const file = join(folder, 'announcing.json');
  const out = [{ url: 'https://example.com/hook', secret: 'not-a-secret-of-24-chars' }];
  await writeFile(file, JSON.stringify({ ...config, hooks: { out } }));
  const announcing = { ...environment, config: file };
  await assert.rejects(openFunction(announcing, log), { code: 'unavailable', message: /the database has no queue/ });

  const queue = await openQueue(database.pool, false, log);
  const one = await openFunction(announcing, log);
  await put('a.png');
  assert.deepEqual(await failuresOf(batch({ m: s3Event('a.png') }), within(), one), []);
  const [job] = await queue.deliveries.claim(10);
  assert.equal(job?.data.url, 'https://example.com/hook');
  assert.match(job?.data.event.type ?? '', /made/);
  await one.stop();
  await queue.stop();
});

test('a schema that is not up to date is refused, and left as it is', async () => {
  const empty = await createTestDatabase();
  const { url } = empty.address as { url: string };
  await assert.rejects(openFunction({ ...environment, databaseUrl: url }, log), /not up to date: it lacks 0001-ledger, /);
  const other = openDatabase(empty.address, 1);
  assert.equal((await other.pool.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`)).rowCount, 0);
  await migrateUp(other.db);
  await other.pool.query(`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', '')`);
  await assert.rejects(openFunction({ ...environment, databaseUrl: url }, log), /newer than this program: it has 9999-later/);
  await other.close();
  await empty.drop();
});

test('without a database named there is no function', async () => {
  await assert.rejects(openFunction({ ...environment, databaseUrl: undefined }, log), {
    code: 'invalid',
    message: /^DATABASE_URL /,
  });
});
