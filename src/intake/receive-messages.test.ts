// Messages on the real database and queue: what is written down, what is queued, and what an outcome answers.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import type { NewAction, ObjectJob, Outcome } from '../domain/outcome.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { Recipe } from '../domain/recipe.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { readFacts } from '../ledger/facts.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { openRecorder } from '../ledger/record.ts';
import type { Ledger } from '../ledger/schema.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import type { Message } from './message.ts';
import { type MessageServices, receiveMessages, rejectMessage } from './receive-messages.ts';

const log = { debug() {}, info() {}, warn() {}, error: console.error };
const pipeline: Pipeline = {
  name: 'p',
  source: { bucket: 'src', prefix: 'in/', match: undefined, exclude: undefined },
  renditions: [{ name: 'r', recipe: {} as Recipe, fingerprint: 'f1', to: { bucket: 'out', key: '{key}' } }],
  original: 'keep',
  onSourceDelete: 'delete',
  sweep: undefined,
};
const hook = { door: 'hook', sender: 'ceph', payload: '{"Records":[]}' } as const;

let testDatabase: TestDatabase;
let database: Database<Ledger>;
let queue: Queue;
let services: MessageServices;

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 8);
  await migrateUp(database.db);
  queue = await openQueue(database.pool, false, log);
  const { enqueue, enqueueRun } = queue;
  services = { db: database.db, pipelines: [pipeline], enqueue, enqueueRun, wake() {}, log };
});
after(async () => {
  await queue.stop();
  await database.close();
  await testDatabase.drop();
});
beforeEach(() => database.pool.query('TRUNCATE original, rendition, failure, event, action, run; DELETE FROM pgboss.job'));

function objects(...names: string[]): Message {
  const told = names.map((name) => ({ bucket: name.split(':')[0] ?? '', key: name.split(':')[1] ?? '', kind: 'put' as const }));
  return { kind: 'objects', format: 's3', id: 'm1', objects: told };
}

async function events(): Promise<Record<string, unknown>[]> {
  const { rows } = await database.pool.query(
    'SELECT door, sender, format, sent_id, kind, bucket, key, result, detail, payload, message, pipeline FROM event ORDER BY id',
  );
  return rows;
}

async function waiting(): Promise<string[]> {
  const { rows } = await database.pool.query("SELECT data->>'key' AS key FROM pgboss.job WHERE name = 'reconcile' ORDER BY 1");
  return rows.map(({ key }) => key);
}

/** Records that the object's job ended so, with what was heard when it was looked at. */
async function settle(key: string, heard: number | undefined, action: Partial<NewAction>, job: Outcome['job'] = 'done') {
  const record = openRecorder<ObjectJob>(database.db, async (_tx, entries) => entries);
  const actions = [{ kind: 'rendered' as const, detail: 'made', ms: 1, ...action }];
  const nothing = { original: undefined, made: [], removed: [], failures: [], failedBefore: false };
  await record({ bucket: 'src', key, at: new Date(), attempt: 1 }, { ...nothing, actions, heard, job });
}

test('a message of several objects is several events that belong together, and a job for each that a pipeline takes', async () => {
  const done = await receiveMessages(services, [objects('src:in/a', 'src:in/b', 'out:in/a', 'src:elsewhere')], hook);
  assert.deepEqual(done, { received: 2, ignored: 2 });
  const rows = await events();
  assert.equal(new Set(rows.map(({ message }) => message)).size, 1);
  assert.deepEqual(
    rows.map(({ key, result }) => [key, result]),
    [
      ['in/a', null],
      ['in/b', null],
      ['in/a', 'ignored'],
      ['elsewhere', 'ignored'],
    ],
  );
  assert.match(String(rows[2]?.detail), /no pipeline takes it; p: it reads bucket "src", and this is in "out"/);
  assert.deepEqual(
    rows.map(({ payload }) => payload),
    [hook.payload, null, null, null],
  );
  assert.deepEqual([rows[0]?.door, rows[0]?.sender, rows[0]?.format, rows[0]?.sent_id], ['hook', 'ceph', 's3', 'm1']);
  assert.deepEqual(await waiting(), ['in/a', 'in/b']);
});

test('a replay is written down again and adds no work', async () => {
  await receiveMessages(services, [objects('src:in/a')], hook);
  await receiveMessages(services, [objects('src:in/a')], hook);
  assert.equal((await events()).length, 2);
  assert.deepEqual(await waiting(), ['in/a']);
});

test('one hundred messages of one object at once are one job', async () => {
  await Promise.all(Array.from({ length: 100 }, () => receiveMessages(services, [objects('src:in/a')], hook)));
  assert.equal((await events()).length, 100);
  assert.deepEqual(await waiting(), ['in/a']);
});

test('of messages of which one cannot be taken, none is', async () => {
  const timer: Message = { kind: 'cron', format: 'cron', pipelines: ['nobody'] };
  await assert.rejects(receiveMessages(services, [objects('src:in/a'), timer], hook), /there is no pipeline "nobody"/);
  assert.deepEqual([await events(), await waiting()], [[], []]);
});

test('work that cannot be enqueued leaves no event, and nothing is acknowledged', async () => {
  const failing = { ...services, enqueue: () => Promise.reject(new Error('queue away')) };
  await assert.rejects(receiveMessages(failing, [objects('src:in/a')], hook), /queue away/);
  assert.deepEqual([await events(), await waiting()], [[], []]);
});

test('an outcome answers the events that were heard before the object was looked at, and no later one', async () => {
  await receiveMessages(services, [objects('src:in/a'), objects('src:in/a')], hook);
  const { heard } = await readFacts(database.db, 'src', 'in/a');
  await receiveMessages(services, [objects('src:in/a')], hook);
  await settle('in/a', heard, {}, 'retry');
  assert.deepEqual(
    (await events()).map(({ result }) => result),
    [null, null, null],
  );
  await settle('in/a', heard, {});
  assert.deepEqual(
    (await events()).map(({ result }) => result),
    ['rendered', 'rendered', null],
  );
  const later = await readFacts(database.db, 'src', 'in/a');
  await settle('in/a', later.heard, { kind: 'unchanged', detail: 'everything is there' });
  assert.deepEqual(
    (await events()).map(({ result }) => result),
    ['rendered', 'rendered', 'unchanged'],
  );
  assert.equal((await readFacts(database.db, 'src', 'in/a')).heard, undefined);
});

test('a timer begins a run of each pipeline it names, and none where one is under way', async () => {
  const timer: Message = { kind: 'cron', format: 'cron', pipelines: 'all' };
  assert.deepEqual(await receiveMessages(services, [timer], hook), { received: 1, ignored: 0 });
  await receiveMessages(services, [timer], hook);
  const { rows } = await database.pool.query('SELECT id, trigger FROM run');
  assert.deepEqual(
    rows.map(({ trigger }) => trigger),
    ['cron'],
  );
  const told = await database.db.selectFrom('event').select(['kind', 'pipeline', 'run', 'result']).execute();
  assert.deepEqual(told, Array(2).fill({ kind: 'cron', pipeline: 'p', run: rows[0].id, result: null }));
});

test('a reason that is cut inside a character is written down all the same', async () => {
  // It was not: half a surrogate pair is no JSON to PostgreSQL, so the message was refused again on each delivery.
  for (const bucket of ['😀'.repeat(600), `x${'😀'.repeat(600)}`]) {
    const message: Message = { kind: 'objects', format: 's3', objects: [{ bucket, key: 'a', kind: 'put' }] };
    assert.deepEqual(await receiveMessages(services, [message], hook), { received: 0, ignored: 1 });
  }
});

test('an answer that is cut inside a character is written down all the same', async () => {
  // It was not: the outcome could never be recorded, and the object was worked on again and again.
  for (const detail of ['😀'.repeat(600), `x${'😀'.repeat(600)}`]) {
    await receiveMessages(services, [objects('src:in/a')], hook);
    await settle('in/a', (await readFacts(database.db, 'src', 'in/a')).heard, { detail });
  }
  assert.deepEqual(
    (await events()).map(({ result }) => result),
    ['rendered', 'rendered'],
  );
});

test('a test of the way here is written down and does nothing', async () => {
  await receiveMessages(services, [{ kind: 'test', format: 's3' }], hook);
  assert.deepEqual(
    (await events()).map(({ kind, result }) => [kind, result]),
    [['test', 'unchanged']],
  );
  assert.deepEqual(await waiting(), []);
});

test('a message that was refused is written down with the reason', async () => {
  await rejectMessage(services, hook, 'Records[0].s3.bucket.name is missing');
  const [row] = await events();
  assert.deepEqual(
    [row?.kind, row?.result, row?.detail, row?.payload, row?.key],
    ['rejected', 'rejected', 'Records[0].s3.bucket.name is missing', hook.payload, null],
  );
});
