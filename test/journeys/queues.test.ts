// Events out of a queue, through the whole program, of a store that is somebody else's: nothing but the queue tells of it. Then
// the same batch through the function, as Lambda would call it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import sharp from 'sharp';
import { runCommand, startCommand } from '../command.ts';
import { type DatabaseProxy, startDatabaseProxy } from '../database-proxy.ts';
import { startTestStore, type TestStore, testClient } from '../local-store.ts';
import { createTestDatabase, type TestDatabase } from '../postgres.ts';
import { createDataFolder, type Program, removeDataFolder, startProgram, until } from '../program.ts';
import { startTestSqs, type TestSqs } from '../sqs.ts';

const ROOT = resolve(import.meta.dirname, '../..');

let store: TestStore;
let client: S3Client;
let database: TestDatabase;
let proxy: DatabaseProxy;
let ledger: pg.Client;
let sqs: TestSqs;
let queueUrl: string;
let deadLetter: string;
let data: string;
let environment: NodeJS.ProcessEnv;
let program: Program;
let picture: Buffer;

before(async () => {
  store = await startTestStore();
  for (const bucket of ['pictures', 'thumbnails']) await store.store.createBucket(bucket);
  client = testClient(store);
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.address);
  ledger = new pg.Client({ connectionString: (database.address as { url: string }).url });
  await ledger.connect();
  sqs = await startTestSqs();
  queueUrl = sqs.createQueue('pictures');
  deadLetter = sqs.createQueue('dead');
  sqs.server.createTopic('pictures');
  sqs.server.subscribe({ topic: 'pictures', queue: 'pictures' });
  data = await createDataFolder();
  const config = {
    pipelines: {
      thumbnail: {
        source: { bucket: 'pictures' },
        renditions: {
          small: { recipe: { resize: { width: 64 }, format: 'webp' }, to: { bucket: 'thumbnails', key: '{key}.webp' } },
        },
      },
    },
    queues: { uploads: { url: queueUrl, deadLetter, visibilitySeconds: 3 } },
  };
  await writeFile(join(data, 'pixmill.config.json'), JSON.stringify(config));
  environment = {
    PIXMILL_CONFIG: join(data, 'pixmill.config.json'),
    DATABASE_URL: proxy.url,
    S3_ENDPOINT: store.endpoint,
    AWS_ACCESS_KEY_ID: store.key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.key.secretAccessKey,
  };
  program = await startProgram(data, environment);
  const plain = sharp({ create: { width: 300, height: 200, channels: 3, background: '#3366cc' } });
  picture = await plain.jpeg().toBuffer();
});
after(async () => {
  client.destroy();
  await program.stop();
  await removeDataFolder(data);
  await ledger.end();
  await sqs.stop();
  await proxy.cut();
  await database.drop();
  await store.stop();
});

/** As S3 tells of it, its key encoded as a form does. */
function event(key: string, changes: object = {}) {
  const s3 = { bucket: { name: 'pictures' }, object: { key, size: 1, eTag: 'not looked at' } };
  return { Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3, ...changes }] };
}

async function put(key: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: 'pictures', Key: key, Body: picture }));
}

/** The rendition of the object as the ledger has it, which must also be in the store. */
async function rendered(key: string): Promise<Record<string, unknown>> {
  const row = await until(`${key} is rendered`, async () => {
    const { rows } = await ledger.query(
      'SELECT r.* FROM rendition r JOIN original o ON o.id = r.original_id WHERE o.bucket = $1 AND o.key = $2',
      ['pictures', key],
    );
    return rows[0];
  });
  const head = await client.send(new HeadObjectCommand({ Bucket: row.bucket, Key: row.key }));
  assert.equal(head.ETag, `"${row.etag}"`);
  return row;
}

async function events(where: string): Promise<Record<string, unknown>[]> {
  return (await ledger.query(`SELECT * FROM event WHERE ${where} ORDER BY id`)).rows;
}

test('a picture that a message tells of, by way of a topic, is rendered, and its event answered', async () => {
  await put('a b+c.jpg');
  sqs.server.publish('pictures', JSON.stringify(event('a+b%2Bc.jpg')));
  const { width, key } = await rendered('a b+c.jpg');
  assert.deepEqual([width, key], [64, 'a b+c.jpg.webp']);
  await sqs.emptied('pictures');
  const [told] = await events(`key = 'a b+c.jpg'`);
  assert.deepEqual([told?.door, told?.sender, told?.result], ['queue', 'uploads', 'rendered']);
});

test('one hundred duplicates make one set of outputs', async () => {
  await put('same.jpg');
  await sqs.send(queueUrl, Array(100).fill(JSON.stringify(event('same.jpg'))));
  await rendered('same.jpg');
  await sqs.emptied('pictures');
  await until('all are answered', async () =>
    (await events(`key = 'same.jpg' AND result IS NULL`)).length === 0 ? true : undefined,
  );
  const { rows } = await ledger.query(`SELECT kind, count(*)::int FROM action WHERE key = 'same.jpg' GROUP BY kind`);
  assert.equal(rows.find(({ kind }) => kind === 'rendered').count, 1);
  assert.deepEqual(
    rows.map(({ kind }) => kind).filter((kind) => kind !== 'rendered' && kind !== 'unchanged'),
    [],
  );
  assert.equal((await events(`key = 'same.jpg'`)).length, 100);
});

test('a message that makes no sense is laid aside with its reason', async () => {
  const bad = [event('%E0%A4%A'), event('x.jpg', { eventVersion: '3.0' })].map((body) => JSON.stringify(body));
  await sqs.send(queueUrl, bad);
  await sqs.emptied('pictures');
  const dead = await sqs.receive(deadLetter, 1);
  assert.deepEqual(dead.map(({ Body }) => Body).sort(), bad.sort());
  for (const { MessageAttributes } of dead)
    assert.match(MessageAttributes?.['pixmill-reason']?.StringValue ?? '', /^Records\[0\]/);
  assert.equal((await events(`kind = 'rejected' AND sender = 'uploads'`)).length, 2);
});

test('messages wait in the queue while the program is away, and are done when it is back', async () => {
  assert.equal(await program.stop(), 0, program.output());
  await put('later.jpg');
  await sqs.send(queueUrl, [JSON.stringify(event('later.jpg'))]);
  program = await startProgram(data, environment);
  await rendered('later.jpg');
  await sqs.emptied('pictures');
  assert.equal(await program.stop(), 0, program.output());
});

test('a worker without a page reads the queues as well, but not one that ends when nothing waits', async () => {
  await put('worked.jpg');
  await sqs.send(queueUrl, [JSON.stringify(event('worked.jpg'))]);
  const ending = await runCommand(['worker', '--until-idle'], { env: { ...environment, PIXMILL_DATA: data } });
  assert.equal(ending.code, 0, ending.stderr);
  assert.deepEqual(await events(`key = 'worked.jpg'`), []);

  const worker = startCommand(['worker'], { env: { ...environment, PIXMILL_DATA: data } });
  try {
    await rendered('worked.jpg');
    await sqs.emptied('pictures');
  } finally {
    worker.child.kill('SIGTERM');
  }
  assert.equal((await worker.ended).code, 0, worker.stderr());
});

test('as a function it does the same with a batch, and waits for a database that is not there yet', async (context) => {
  for (const key of ['f1.jpg', 'f2.jpg']) await put(key);
  await proxy.cut();
  const child = spawn(process.execPath, [join(ROOT, 'test/lambda-process.ts'), join(ROOT, 'src/lambda.ts')], {
    cwd: data,
    env: { ...process.env, ...environment, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const invoke = async (given: object) => {
    child.stdin.write(`${JSON.stringify(given)}\n`);
    const { value } = await answers.next();
    return JSON.parse(value ?? '{}');
  };
  const eventSourceARN = 'arn:aws:sqs:us-east-1:000000000000:pictures';
  const record = (messageId: string, body: object) => {
    return { messageId, body: JSON.stringify(body), eventSource: 'aws:sqs', eventSourceARN };
  };
  const batch = {
    Records: [
      record('m1', event('f1.jpg')),
      record('m2', event('f2.jpg')),
      record('m3', event('%')),
      record('m4', event('f1.jpg')),
    ],
  };
  const refused = await invoke(batch);
  assert.deepEqual(
    [refused.errorType, /^the database of DATABASE_URL does not answer/.test(refused.errorMessage)],
    ['Fault', true],
  );
  assert.match(said, /start it, or correct DATABASE_URL.*the function cannot work/);

  await proxy.mend();
  assert.deepEqual(await invoke(batch), { result: { batchItemFailures: [{ itemIdentifier: 'm3' }] } });
  for (const key of ['f1.jpg', 'f2.jpg']) assert.equal((await rendered(key)).width, 64);
  assert.deepEqual(await invoke(event('f1.jpg')), { result: { objects: 1 } });
  const { rows } = await ledger.query(`SELECT kind FROM action WHERE key = 'f1.jpg' ORDER BY id`);
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['rendered', 'unchanged'],
  );
  assert.deepEqual(
    (await events(`key = 'f1.jpg'`)).map(({ door, sender }) => `${door} ${sender}`),
    ['lambda pictures', 'lambda pictures', 'lambda pictures'],
  );
  child.stdin.end();
  assert.deepEqual(await ended, [0, null]);
});
