// Messages on the real database and queue: what is written down, what is queued, and what an outcome answers.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { until } from '../../test/program.ts';
import { Fault } from '../domain/fault.ts';
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
import { type MessageServices, receiveDue, receiveMessages, rejectMessage } from './receive-messages.ts';
import { cancelRun, countEnded, failRun } from './run.ts';

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

// More ids than PostgreSQL can announce at once failed the whole message.
test('a message of thousands of objects is announced in parts, each object once', async () => {
  const client = await database.pool.connect();
  const announced: number[] = [];
  client.on('notification', ({ payload }) => announced.push(...(JSON.parse(payload ?? '{}').originals ?? [])));
  await client.query('LISTEN pixmill_feed');
  await receiveMessages(services, [objects(...Array.from({ length: 2000 }, (_, number) => `src:in/${number}.png`))], hook);
  await until('all are announced', async () => {
    await client.query('SELECT 1');
    return announced.length >= 2000 || undefined;
  });
  assert.equal(new Set(announced).size, 2000);
  client.release(true);
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

const everything: Message = { kind: 'cron', format: 'cron', pipelines: 'all' };

/** What timers are told, the newest first. */
async function answers(): Promise<{ result: string | null; detail: string | null; done: boolean }[]> {
  const { rows } = await database.pool.query(
    `SELECT result, detail, done_at IS NOT NULL AS done FROM event WHERE kind = 'cron' ORDER BY id DESC`,
  );
  return rows;
}

async function startedRun(): Promise<number> {
  await receiveMessages(services, [everything], hook);
  const { rows } = await database.pool.query(
    `UPDATE run SET listed = true, scanned = 9, changed = 3, queued = 2 WHERE state = 'running' RETURNING id`,
  );
  return rows[0].id;
}

test('the timers of a run are answered when it ends, with what it did', async () => {
  const run = await startedRun();
  await receiveMessages(services, [everything], hook);
  await countEnded(database.db, [{ run, failed: true }]);
  assert.deepEqual((await answers())[0], { result: null, detail: null, done: false });
  await countEnded(database.db, [{ run, failed: false }]);
  const answer = { result: 'done', detail: '9 scanned, 3 changed, 1 done, 1 failed', done: true };
  assert.deepEqual(await answers(), [answer, answer]);
});

test('a timer whose run fails or is cancelled is told so, and why', async () => {
  await startedRun();
  await failRun(database.db, 'p', new Fault('denied', 'bucket src may not be read'));
  assert.deepEqual((await answers())[0], {
    result: 'failed',
    detail: 'bucket src may not be read; 9 scanned, 3 changed, 0 done, 0 failed',
    done: true,
  });
  await cancelRun(database.db, await startedRun());
  assert.deepEqual((await answers())[0], {
    result: 'cancelled',
    detail: '9 scanned, 3 changed, 0 done, 0 failed',
    done: true,
  });
});

test('a run that is about to end waits for the timer that joins it, and answers it', async () => {
  const run = await startedRun();
  let ended: Promise<void> | undefined;
  await database.db.transaction().execute(async (tx) => {
    await receiveDue(tx, 'p', services.enqueueRun);
    ended = countEnded(database.db, [
      { run, failed: false },
      { run, failed: false },
    ]);
    await someoneWaits();
  });
  await ended;
  assert.deepEqual(
    (await answers()).map(({ result }) => result),
    ['done', 'done'],
  );
});

test('a timer that finds a run about to end waits, and begins the next one', async () => {
  const run = await startedRun();
  let joined: Promise<unknown> | undefined;
  await database.db.transaction().execute(async (tx) => {
    await countEnded(tx, [
      { run, failed: false },
      { run, failed: false },
    ]);
    joined = receiveMessages(services, [everything], hook);
    await someoneWaits();
  });
  await joined;
  const { rows } = await database.pool.query('SELECT state FROM run ORDER BY id');
  assert.deepEqual(
    rows.map(({ state }) => state),
    ['done', 'running'],
  );
  assert.deepEqual(
    (await answers()).map(({ result }) => result),
    [null, 'done'],
  );
});

// In any other order a timer of several pipelines and an outcome of several runs could wait for each other.
test('timers and outcomes lock runs in the order of their ids', async () => {
  const both = { ...services, pipelines: [pipeline, { ...pipeline, name: 'a' }] };
  await receiveMessages(both, [{ kind: 'cron', format: 'cron', pipelines: ['p'] }], hook);
  await receiveMessages(both, [everything], hook);
  // Written last, the first run lies behind the second, where a scan comes to it last.
  const { rows } = await database.pool.query(
    'UPDATE run SET queued = 100 WHERE id = (SELECT min(id) FROM run) RETURNING id, (SELECT max(id) FROM run) AS next',
  );
  const [{ id, next }] = rows;
  const ended = [
    { run: next, failed: false },
    { run: id, failed: false },
  ];
  for (const lock of [() => countEnded(database.db, ended), () => receiveMessages(both, [everything], hook)]) {
    const holder = await database.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM run WHERE id = $1 FOR UPDATE', [id]);
    const waiting = lock();
    try {
      await someoneWaits();
      await holder.query('SELECT FROM run WHERE id = $1 FOR UPDATE NOWAIT', [next]);
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
      await waiting;
    }
  }
});

/** Resolves when a statement waits for another's lock. */
async function someoneWaits(): Promise<void> {
  await until('a statement waits for a lock', async () => {
    const { rows } = await database.pool.query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    return rows.length > 0 || undefined;
  });
}

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

test('a refusal that quotes what no text of the database holds is written down all the same', async () => {
  await rejectMessage(services, hook, `"a\0b\ud800" ${'x'.repeat(2000)}`, 'cron');
  const [row] = await events();
  assert.equal(row?.kind, 'cron');
  assert.match(String(row?.detail), /^"a\ufffdb\ufffd" x{100}/);
  assert.equal(String(row?.detail).length, 1000);
});
