// Runs on the real database and the real queue, by one process or two; the store is a listing that tests hold in their hands.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { until } from '../../test/program.ts';
import { type Config, compileConfig } from '../config/load.ts';
import { Fault } from '../domain/fault.ts';
import type { Imaging, Store } from '../domain/ports.ts';
import { cancelRun, createRun } from '../intake/run.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { readRun } from '../ledger/runs.ts';
import type { Ledger } from '../ledger/schema.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import { startRuns } from './runs.ts';

const log = { debug() {}, info() {}, warn() {}, error: console.error };

let testDatabase: TestDatabase;
let database: Database<Ledger>;
let queues: Queue[];
let config: Config;
const running: { stop(): Promise<void> }[] = [];

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 12);
  await migrateUp(database.db);
  queues = [await openQueue(database.pool, false, log), await openQueue(database.pool, false, log)];
  const declare = (bucket: string) => ({
    source: { bucket },
    renditions: { r: { recipe: {}, to: { bucket: 'out', key: '{key}' } } },
  });
  config = await compileConfig({ pipelines: { one: declare('aaa'), two: declare('bbb') } }, '/c', () => 'f1');
});
after(async () => {
  for (const queue of queues) await queue.stop();
  await database.close();
  await testDatabase.drop();
});
beforeEach(() => database.pool.query('TRUNCATE original, rendition, failure, event, action, run; DELETE FROM pgboss.job'));
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

/** A process that carries out runs on this store. @param index of its queue */
function startProcess(list: Store['list'], index = 0): { stop(): Promise<void> } {
  const services = {
    db: database.db,
    queue: queues[index] as Queue,
    store: { list } as Store,
    imaging: { engine: 'e1' } as Imaging,
    config,
    recorded() {},
    log,
  };
  const one = startRuns(services, () => {});
  running.push(one);
  return one;
}

function start(pipeline = 'one'): Promise<{ id: number }> {
  return createRun(database.db, pipeline, 'cli', (queues[0] as Queue).enqueueRun);
}

async function settled(id: number): Promise<string> {
  const run = await until(`run ${id} ends or stands at its jobs`, async () => {
    const now = await readRun(database.db, id);
    return now && (now.state !== 'running' || now.listed) ? now : undefined;
  });
  return run.error === null ? run.state : `${run.state}: ${run.error}`;
}

function page(...keys: string[]) {
  return keys.map((key) => ({ key, etag: 'v', size: 1, modifiedAt: new Date() }));
}

/** A listing of one key a page, of which each has to be let through. */
function gated(keys: string[]) {
  const waiting: (() => void)[] = [];
  const asked: string[] = [];
  let now = 0;
  let most = 0;
  async function* list(bucket: string, { after = '' }: { after?: string } = {}) {
    now++;
    most = Math.max(most, now);
    try {
      for (const key of keys.filter((one) => one > after)) {
        asked.push(`${bucket}/${key}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
        yield page(key);
      }
    } finally {
      now--;
    }
  }
  return {
    list: list as Store['list'],
    asked,
    most: () => most,
    pass: () => until('a page is asked for', async () => waiting.shift()).then((resolve) => resolve()),
  };
}

test('a bucket that is not there, or may not be read, ends the run with the reason', async () => {
  startProcess(async function* () {
    yield* [];
    throw new Fault('not_found', 'bucket aaa: the store has no such bucket', { mend: 'create the bucket' });
  });
  const { id } = await start();
  assert.equal(await settled(id), 'failed: bucket aaa: the store has no such bucket; create the bucket');
  // It stands in nobody's way.
  const next = await start();
  assert.notEqual(next.id, id);
  assert.match(await settled(next.id), /^failed/);
});

test('while the store is away a run is put off and says why, and then it goes on behind its cursor', async () => {
  let away = true;
  const afters: (string | undefined)[] = [];
  startProcess(async function* (_bucket, { after } = {}) {
    afters.push(after);
    if (after === undefined) yield page('a');
    if (away) throw new Fault('store_unavailable', 'the store does not answer');
    yield page('b');
  });
  const { id } = await start();
  const put = await until('it says why', async () => {
    const run = await readRun(database.db, id);
    return run?.error ? run : undefined;
  });
  assert.deepEqual([put.state, put.error, put.scanned], ['running', 'the store does not answer', 1]);
  away = false;
  assert.equal(await settled(id), 'running');
  assert.equal((await readRun(database.db, id))?.scanned, 2);
  assert.deepEqual(afters, [undefined, 'a']);
});

test('a run that is put off again and again fails in the end', async () => {
  startProcess(async function* () {
    yield* [];
    throw new Fault('store_unavailable', 'the store does not answer');
  });
  const { id } = await start();
  // Its pauses grow to minutes, which are taken away here. Where that collides with a worker, the next time will do.
  const hurry = setInterval(() => {
    database.pool.query(`UPDATE pgboss.job SET start_after = now() WHERE state = 'created'`).catch(() => {});
  }, 50);
  try {
    assert.equal(await settled(id), 'failed: the store does not answer');
  } finally {
    clearInterval(hurry);
  }
});

test('a stop waits for the page in hand alone, and the next process goes on behind it', async () => {
  const listing = gated(['a', 'b', 'c']);
  const first = startProcess(listing.list);
  const { id } = await start();
  await listing.pass();
  await until('the second page is asked for', async () => listing.asked[1]);
  const stopped = first.stop();
  await listing.pass();
  await stopped;
  assert.equal((await readRun(database.db, id))?.scanned, 2);
  startProcess(listing.list, 1);
  await listing.pass();
  assert.equal(await settled(id), 'running');
  assert.deepEqual(listing.asked, ['aaa/a', 'aaa/b', 'aaa/c']);
});

test('two processes never list one source at once, whether by hand or by schedule, and two pipelines do not wait for each other', async () => {
  const listing = gated(['a', 'b']);
  startProcess(listing.list, 0);
  startProcess(listing.list, 1);
  const { id } = await start();
  await until('the first page is asked for', async () => listing.asked[0]);
  // A schedule that falls due meanwhile joins.
  await queueScheduled('one');
  assert.equal((await start()).id, id);
  const other = await start('two');
  await until('the other pipeline is listed as well', async () => listing.asked.find((name) => name === 'bbb/a'));
  await until('the schedule was heard', async () => ((await scheduledLeft()) === 0 ? true : undefined));
  assert.equal(listing.most(), 2);
  for (let pages = 0; pages < 4; pages++) await listing.pass();
  assert.deepEqual([await settled(id), await settled(other.id)], ['running', 'running']);
  assert.deepEqual(listing.asked.toSorted(), ['aaa/a', 'aaa/b', 'bbb/a', 'bbb/b']);
});

test('a cancelled run leaves its source to the next one after the page in hand', async () => {
  const listing = gated(['a', 'b']);
  startProcess(listing.list, 0);
  startProcess(listing.list, 1);
  const { id } = await start();
  await until('the first page is asked for', async () => listing.asked[0]);
  await cancelRun(database.db, id);
  const next = await start();
  assert.notEqual(next.id, id);
  for (let pages = 0; pages < 3; pages++) await listing.pass();
  assert.equal(await settled(next.id), 'running');
  assert.deepEqual([(await readRun(database.db, id))?.scanned, (await readRun(database.db, next.id))?.scanned], [0, 2]);
  assert.deepEqual([listing.asked, listing.most()], [['aaa/a', 'aaa/a', 'aaa/b'], 1]);
});

test('a schedule starts a run of its pipeline, and one of a pipeline that is not declared any more starts nothing', async () => {
  startProcess(async function* () {
    yield page('a');
  });
  await queueScheduled('gone');
  await queueScheduled('one');
  const run = await until('a run', async () => (await database.db.selectFrom('run').selectAll().execute())[0]);
  assert.deepEqual([run.pipeline, run.trigger], ['one', 'schedule']);
  await settled(run.id);
  assert.equal(await scheduledLeft(), 0);
  const heard = await database.db.selectFrom('event').select(['door', 'kind', 'sender', 'pipeline', 'run']).execute();
  assert.deepEqual(heard, [{ door: 'schedule', kind: 'cron', sender: null, pipeline: 'one', run: run.id }]);
  assert.equal((await database.db.selectFrom('run').selectAll().execute()).length, 1);
});

test('a run of a pipeline that is not declared any more fails', async () => {
  startProcess(() => assert.fail('listed'));
  const { id } = await start('gone');
  assert.match(await settled(id), /^failed: there is no pipeline "gone" any more/);
});

test('a run over which worker after worker died fails', async () => {
  const { id } = await start();
  const [queue] = queues as [Queue, Queue];
  const job = await queue.claimRun();
  assert.ok(job);
  // As pg-boss does at the last missing heartbeat.
  await database.pool.query(`UPDATE pgboss.job SET retry_limit = 0, heartbeat_on = now() - interval '1 hour' WHERE id = $1`, [
    job.id,
  ]);
  startProcess(() => assert.fail('listed'));
  assert.match(await settled(id), /^failed: its workers died over it/);
});

/** As pg-boss does when a schedule falls due. */
async function queueScheduled(pipeline: string): Promise<void> {
  await database.pool.query(
    `INSERT INTO pgboss.job (name, data, singleton_key, policy, retry_limit)
     VALUES ('run', $1, $2, 'short', 3)`,
    [{ pipeline }, pipeline],
  );
}

async function scheduledLeft(): Promise<number> {
  const { rows } = await database.pool.query(
    `SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'run' AND state <= 'active' AND NOT data ? 'run'`,
  );
  return rows[0].count;
}
