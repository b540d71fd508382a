// `pixmill worker`: on a data folder of its own, and several at once on somebody's PostgreSQL and S3.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { runCommand, startCommand, temporaryFolder } from '../command.ts';
import { picture } from '../http-server.ts';
import { startTestStore, type TestStore, testClient } from '../local-store.ts';
import { createTestDatabase, type TestDatabase } from '../postgres.ts';
import { createDataFolder, removeDataFolder, startProgram, until } from '../program.ts';

const CONFIG = {
  pipelines: {
    move: {
      source: { bucket: 'inbox' },
      original: 'delete',
      renditions: { file: { recipe: { copy: true }, to: { bucket: 'outbox', key: '{key}' } } },
    },
    small: {
      source: { bucket: 'pictures' },
      renditions: { small: { recipe: { resize: { width: 40 }, format: 'webp' }, to: { bucket: 'small', key: '{key}.webp' } } },
    },
  },
};

const scratch = await temporaryFolder('worker');
const config = join(scratch, 'pixmill.config.json');
await writeFile(config, JSON.stringify(CONFIG));

let store: TestStore;
let client: S3Client;
let database: TestDatabase;
let pool: pg.Pool;
let env: NodeJS.ProcessEnv;
before(async () => {
  store = await startTestStore();
  client = testClient(store);
  for (const bucket of ['inbox', 'outbox', 'pictures', 'small']) await client.send(new CreateBucketCommand({ Bucket: bucket }));
  database = await createTestDatabase();
  const url = (database.address as { url: string }).url;
  pool = new pg.Pool({ connectionString: url });
  env = {
    PIXMILL_CONFIG: config,
    PIXMILL_DATA: join(scratch, 'data'),
    DATABASE_URL: url,
    S3_ENDPOINT: store.endpoint,
    AWS_ACCESS_KEY_ID: store.key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.key.secretAccessKey,
    AWS_REGION: 'us-east-1',
  };
});
after(async () => {
  client.destroy();
  await pool.end();
  await database.drop();
  await store.stop();
});

const worker = (...args: string[]) => runCommand(['worker', '--until-idle', ...args], { env });

async function put(bucket: string, key: string, body: Buffer | string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

async function keys(bucket: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

test('with nothing to do it ends at once with 0', async () => {
  const { code, stdout, stderr } = await worker();
  assert.deepEqual([code, stdout], [0, '0 objects done, 0 failed\n'], stderr);
});

test('two at once share the work of their runs, and each object is done once', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `${index}.bin`);
  for (const name of names) await put('inbox', name, `bytes of ${name}`);
  for (const name of names) await put('pictures', name, await picture(80, 60));
  const [one, other] = await Promise.all([worker('--run', 'move', 'small', '--json'), worker('--run', 'all', '--json')]);
  assert.deepEqual([one.code, other.code], [0, 0], one.stderr + other.stderr);
  const told = [one, other].map(({ stdout }) => JSON.parse(stdout));
  assert.equal(told[0].done + told[1].done, 80);
  assert.ok(told.every(({ runs }) => runs.every(({ state }: { state: string }) => state === 'done')));
  assert.deepEqual([(await keys('inbox')).length, (await keys('outbox')).length, (await keys('small')).length], [0, 40, 40]);
  const { rows } = await pool.query(`SELECT count(*)::int AS count FROM action WHERE kind = 'rendered'`);
  assert.equal(rows[0].count, 80);
});

test('it ends with 3 where something failed, and with 1 where a run did', async () => {
  await put('pictures', 'note.jpg', 'not a picture');
  const failed = await worker('--run', 'small');
  assert.equal(failed.code, 3, failed.stderr);
  assert.match(failed.stdout, /run \d+ of small: done in .* 1 changed, 0 done, 1 failed\n0 objects done, 1 failed\n/);
  // What failed for good is left alone from then on.
  assert.equal((await worker('--run', 'small')).code, 0);
  const unknown = await worker('--run', 'nope');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /there is no pipeline "nope"\n.*there are: move, small/);

  const lost = join(scratch, 'lost.json');
  const pipelines = { lost: { ...CONFIG.pipelines.move, source: { bucket: 'nowhere' } } };
  await writeFile(lost, JSON.stringify({ pipelines }));
  const { code, stdout } = await runCommand(['worker', '--until-idle', '--run', 'lost'], {
    env: { ...env, PIXMILL_CONFIG: lost },
  });
  assert.equal(code, 1);
  assert.match(stdout, /run \d+ of lost: failed in .*: bucket nowhere: the store has no such bucket; create the bucket/);
});

test('what a killed worker had under way is done by the next one, which waits for it', async () => {
  for (let index = 0; index < 30; index++) await put('inbox', `killed-${index}`, Buffer.alloc(200_000, index));
  const victim = startCommand(['worker', '--until-idle', '--run', 'move'], { env });
  await until('it has moved something', async () =>
    (await keys('outbox')).some((key) => key.startsWith('killed-')) ? true : undefined,
  );
  victim.child.kill('SIGKILL');
  await victim.ended;
  // Another process would find out by the missing heartbeat; half a minute is taken away here.
  await pool.query(`UPDATE pgboss.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`);
  const { code, stderr } = await worker('--run', 'move');
  assert.equal(code, 0, stderr);
  assert.deepEqual(await keys('inbox'), []);
  assert.equal((await keys('outbox')).filter((key) => key.startsWith('killed-')).length, 30);
});

test('a job that an event of IBM COS has started does the work of that event, and a timer’s starts runs', async () => {
  const about = { CE_SOURCE: 'https://cloud.ibm.com/catalog/services/cloud-object-storage/inbox', CE_ID: 'a1' };
  await put('inbox', 'told ü 100%', 'bytes');
  await put('inbox', 'untold', 'bytes');
  const data = { bucket: 'inbox', key: 'told ü 100%', operation: 'Object:Write', notification: { object_length: '5' } };
  const written = {
    ...{ ...about, CE_TYPE: 'com.ibm.cloud.cos.document.write', CE_SUBJECT: data.key, CE_DATA: JSON.stringify(data) },
    CE_JOBRUN: 'run',
  };
  const told = await runCommand(['worker', '--until-idle'], { env: { ...env, ...written } });
  assert.deepEqual([told.code, told.stdout], [0, '1 object done, 0 failed\n'], told.stderr);
  assert.deepEqual(await keys('inbox'), ['untold']);
  const { rows } = await pool.query(`SELECT door, format, sent_id, key, result FROM event WHERE door = 'job'`);
  assert.deepEqual(rows, [{ door: 'job', format: 'cos', sent_id: 'a1', key: data.key, result: 'delivered' }]);

  const ping = { ...about, CE_TYPE: 'dev.knative.sources.ping', CE_DATA: '{"pipeline":"move"}' };
  const swept = await runCommand(['worker', '--until-idle'], { env: { ...env, ...ping } });
  assert.deepEqual([swept.code, swept.stdout], [0, '1 object done, 0 failed\n'], swept.stderr);
  assert.deepEqual(await keys('inbox'), []);
});

test('an event that cannot be understood ends the job with 1, and is written down', async () => {
  const broken = { CE_TYPE: 'com.ibm.cloud.cos.document.write', CE_SOURCE: 's', CE_ID: 'a2', CE_DATA: '{"bucket":"NO"}' };
  const { code, stderr } = await runCommand(['worker', '--until-idle'], { env: { ...env, ...broken } });
  assert.equal(code, 1, stderr);
  const { rows } = await pool.query(`SELECT count(*)::int AS count FROM event WHERE door = 'job' AND result = 'rejected'`);
  assert.equal(rows[0].count, 1);
});

test('without --until-idle it works until a signal, and ends with 0', async () => {
  const running = startCommand(['worker'], { env });
  await until('it works', async () => running.stderr().includes('"working"') || undefined, 60_000);
  await put('pictures', 'late.png', await picture(80, 60));
  const { code } = await worker('--run', 'small');
  assert.equal(code, 0);
  running.child.kill('SIGTERM');
  const ended = await running.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.ok((await keys('small')).includes('late.png.webp'));
});

test('on a data folder it brings database and store along, and is refused while a server runs there', async () => {
  const data = await createDataFolder();
  try {
    const none = join(scratch, 'none.json');
    const elsewhere = { ...CONFIG.pipelines.small, source: { bucket: 'elsewhere' } };
    await writeFile(none, JSON.stringify({ pipelines: { elsewhere } }));
    const server = await startProgram(data, { PIXMILL_CONFIG: none });
    const s3 = server.client();
    for (const bucket of ['inbox', 'pictures']) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await s3.send(new PutObjectCommand({ Bucket: 'inbox', Key: 'a', Body: 'bytes' }));
    await s3.send(new PutObjectCommand({ Bucket: 'pictures', Key: 'a.png', Body: await picture(80, 60) }));
    s3.destroy();
    const here = { PIXMILL_DATA: data, PIXMILL_CONFIG: config };
    const refused = await runCommand(['worker', '--until-idle'], { env: here });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /another Pixmill is already running on this data folder \(pid \d+\)/);
    assert.equal((await fetch(new URL('/healthz', server.url))).status, 200);
    await server.stop();

    const { code, stdout, stderr } = await runCommand(['worker', '--until-idle', '--run', 'all', '--json'], { env: here });
    assert.equal(code, 0, stderr);
    const { done, runs } = JSON.parse(stdout);
    assert.deepEqual([done, runs.map(({ pipeline }: { pipeline: string }) => pipeline)], [2, ['move', 'small']]);
    const again = await runCommand(['worker', '--until-idle', '--run', 'small'], { env: here });
    assert.match(again.stdout, /run \d+ of small: done in .* 1 scanned, 0 changed/);
  } finally {
    await removeDataFolder(data);
  }
});
