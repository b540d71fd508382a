import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { type Claimed, MAX_ATTEMPTS, type ObjectJob, openQueue, pauseBehind, type Queue } from './queue.ts';
import { startWorker } from './worker.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

let test_database: TestDatabase;
let database: Database<object>;
let queue: Queue;

before(async () => {
  test_database = await createTestDatabase();
  database = openDatabase(test_database.address, 8);
  queue = await openQueue(database.pool, false, log);
});
after(async () => {
  await queue.stop();
  await database.close();
  await test_database.drop();
});
beforeEach(() => database.pool.query('DELETE FROM pgboss.job'));

function job(key: string): ObjectJob {
  return { bucket: 'b', key, at: new Date().toISOString() };
}

function enqueue(...keys: string[]): Promise<number> {
  return database.db.transaction().execute((tx) => queue.enqueue(tx, keys.map(job)));
}

async function claimOne(): Promise<Claimed<ObjectJob>> {
  const [claimed] = await queue.claim(1);
  assert.ok(claimed);
  return claimed;
}

function complete(...jobs: Claimed<unknown>[]): Promise<Set<string>> {
  return database.db.transaction().execute((tx) => queue.complete(tx, jobs));
}

test('hints for one object fold into one waiting job', async () => {
  assert.equal(await enqueue('a', 'b'), 2);
  assert.equal(await enqueue('a'), 0);
  assert.deepEqual((await queue.claim(10)).map(({ data }) => data.key).sort(), ['a', 'b']);
});

// A worker used to claim the waiting job at once, look at the object as it was before, and nobody looked again.
test('a job that another hint folds into is not claimed before that hint is committed', async () => {
  await enqueue('a', 'b');
  await database.db.transaction().execute(async (tx) => {
    assert.equal(await queue.enqueue(tx, [job('a')]), 0);
    assert.deepEqual(
      (await queue.claim(10)).map(({ data }) => data.key),
      ['b'],
    );
  });
  assert.deepEqual(
    (await queue.claim(10)).map(({ data }) => data.key),
    ['a'],
  );
});

test('a hint that meets a job which is just being claimed becomes a job of its own', async () => {
  await enqueue('a');
  const claimer = await database.pool.connect();
  await claimer.query('BEGIN');
  // What a claim does, not committed yet.
  await claimer.query("UPDATE pgboss.job SET state = 'active' WHERE state = 'created'");
  const added = enqueue('a');
  await waitForLock(database.pool);
  await claimer.query('COMMIT');
  claimer.release();
  assert.equal(await added, 1);
});

/** Resolves when a statement waits for another's lock. */
async function waitForLock(pool: Database<object>['pool']): Promise<void> {
  for (;;) {
    const { rows } = await pool.query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    if (rows.length > 0) return;
  }
}

test('work that comes while an object is under way waits for it, and holds nobody else up', async () => {
  await enqueue('a');
  const first = await claimOne();
  assert.equal(await enqueue('a', 'b'), 2);
  assert.deepEqual(
    (await queue.claim(10)).map(({ data }) => data.key),
    ['b'],
  );
  await complete(first);
  assert.deepEqual(
    (await queue.claim(10)).map(({ data }) => data.key),
    ['a'],
  );
});

test('an object is claimed by one of many that ask at once', async () => {
  await enqueue('a');
  await enqueue('b');
  const claims = await Promise.all(Array.from({ length: 6 }, () => queue.claim(2)));
  assert.deepEqual(
    claims
      .flat()
      .map(({ data }) => data.key)
      .sort(),
    ['a', 'b'],
  );
});

test('a rolled back transaction leaves no job', async () => {
  await assert.rejects(
    database.db.transaction().execute(async (tx) => {
      await queue.enqueue(tx, [job('a')]);
      throw new Error('rolled back');
    }),
    /rolled back/,
  );
  assert.deepEqual(await queue.claim(10), []);
});

test('a completion within a transaction that is rolled back does not count', async () => {
  await enqueue('a');
  const claimed = await claimOne();
  await assert.rejects(
    database.db.transaction().execute(async (tx) => {
      assert.equal((await queue.complete(tx, [claimed])).size, 1);
      throw new Error('rolled back');
    }),
    /rolled back/,
  );
  assert.deepEqual(await complete(claimed), new Set([claimed.id]));
});

test('a worker whose job was given to another can neither complete nor hold nor retry it', async () => {
  await enqueue('a');
  const stale = await claimOne();
  await queue.reclaim();
  const current = await claimOne();
  assert.equal(current.id, stale.id);
  assert.equal(current.retryCount, 1);
  assert.deepEqual(await complete(stale), new Set());
  await database.db.transaction().execute(async (tx) => {
    assert.deepEqual(await queue.hold(tx, [stale]), new Set());
    assert.equal(await queue.retry(tx, stale, 'late'), false);
    assert.deepEqual(await queue.hold(tx, [current]), new Set([current.id]));
  });
  assert.deepEqual(await complete(current), new Set([current.id]));
});

test('a retried job comes back later with its count raised, and a new hint does not wait for it', async () => {
  await enqueue('a');
  const claimed = await claimOne();
  await database.db.transaction().execute((tx) => queue.retry(tx, claimed, 'the store is away'));
  assert.deepEqual(await queue.claim(1), []);
  assert.equal(await enqueue('a'), 1);
  await complete(await claimOne());
  await database.pool.query("UPDATE pgboss.job SET start_after = now() WHERE state = 'retry'");
  assert.equal((await claimOne()).retryCount, 1);
});

test('pauses between tries grow to the longest, within the bounds that are told', async () => {
  await enqueue('a');
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const claimed = await claimOne();
    assert.equal(claimed.retryCount, attempt - 1);
    const { rows } = await database.db.transaction().execute(async (tx) => {
      await queue.retry(tx, claimed, 'again');
      return sql<{ pause: number }>`
        SELECT extract(epoch FROM start_after - now())::float AS pause FROM pgboss.job WHERE state = 'retry'`.execute(tx);
    });
    const { least, most } = pauseBehind(attempt);
    const pause = rows[0]?.pause ?? Number.NaN;
    assert.ok(pause >= least - 1 && pause <= most + 1, `behind try ${attempt}: ${pause} s is outside ${least}–${most} s`);
    await database.pool.query("UPDATE pgboss.job SET start_after = now() WHERE state = 'retry'");
  }
});

test('fresh uploads go before what a run adds', async () => {
  await database.db.transaction().execute((tx) => queue.enqueue(tx, [job('old')], { background: true }));
  await enqueue('fresh');
  assert.deepEqual(
    (await queue.claim(1)).map(({ data }) => data.key),
    ['fresh'],
  );
});

test('an upload of what a run has queued goes before the rest of the run', async () => {
  const jobs = ['r1', 'r2', 'r3'].map(job);
  await database.db.transaction().execute((tx) => queue.enqueue(tx, jobs, { background: true }));
  assert.equal(await enqueue('r3'), 0);
  assert.deepEqual(
    (await queue.claim(1)).map(({ data }) => data.key),
    ['r3'],
  );
  // A later run does not put it back.
  await enqueue('up');
  await database.db.transaction().execute((tx) => queue.enqueue(tx, [job('up')], { background: true }));
  assert.deepEqual(
    (await queue.claim(1)).map(({ data }) => data.key),
    ['up'],
  );
});

test('runs of one pipeline are claimed one after the other, by however many processes', async () => {
  const other = await openQueue(database.pool, false, log);
  const start = (run: number, pipeline: string) =>
    database.db.transaction().execute((tx) => queue.enqueueRun(tx, { run, pipeline }));
  await start(1, 'a');
  await start(2, 'b');
  const claims = await Promise.all([queue, other, queue, other].map((one) => one.claimRun()));
  assert.deepEqual(claims.map((claim) => claim?.data.pipeline ?? '').sort(), ['', '', 'a', 'b']);
  await start(3, 'a');
  assert.equal(await other.claimRun(), undefined);
  for (const claim of claims) if (claim) await database.db.transaction().execute((tx) => queue.completeRun(tx, claim));
  assert.deepEqual((await other.claimRun())?.data, { run: 3, pipeline: 'a' });
  await other.stop();
});

test('a run put off is claimed when its time has come', async () => {
  await database.db.transaction().execute((tx) => queue.enqueueRun(tx, { run: 1, pipeline: 'a', tries: 2 }, 60));
  assert.equal(await queue.claimRun(), undefined);
  await database.pool.query('UPDATE pgboss.job SET start_after = now()');
  assert.deepEqual((await queue.claimRun())?.data, { run: 1, pipeline: 'a', tries: 2 });
});

test('a run does not wait for what was put off of one that was cancelled', async () => {
  const start = (run: object, seconds = 0) =>
    database.db.transaction().execute((tx) => queue.enqueueRun(tx, { run: 0, pipeline: 'a', ...run }, seconds));
  await start({ run: 1, tries: 8 }, 300);
  await start({ run: 2 });
  assert.deepEqual((await queue.claimRun())?.data, { run: 2, pipeline: 'a' });
});

test('schedules are set to exactly those declared, and a changed one is changed', async () => {
  const crons = async () => {
    const { rows } = await database.pool.query('SELECT key, cron, timezone FROM pgboss.schedule ORDER BY key');
    return rows.map(({ key, cron, timezone }) => `${key} ${cron} ${timezone}`);
  };
  await queue.schedule(
    new Map([
      ['a', '0 3 * * *'],
      ['b', '@hourly'],
    ]),
  );
  assert.deepEqual(await crons(), ['a 0 3 * * * UTC', 'b @hourly UTC']);
  await queue.schedule(new Map([['a', '0 4 * * *']]));
  assert.deepEqual(await crons(), ['a 0 4 * * * UTC']);
  await queue.schedule(new Map());
  assert.deepEqual(await crons(), []);
});

test('the queue is idle when nothing waits and nothing is under way, runs included', async () => {
  assert.equal(await queue.isIdle(), true);
  await enqueue('a');
  const claimed = await claimOne();
  assert.equal(await queue.isIdle(), false);
  await complete(claimed);
  assert.equal(await queue.isIdle(), true);
  await database.db.transaction().execute((tx) => queue.enqueueRun(tx, { run: 1, pipeline: 'a' }, 60));
  assert.equal(await queue.isIdle(), false);
});

test('a job whose worker dies again and again becomes a dead letter', async () => {
  await enqueue('poison');
  for (let death = 0; death <= 10; death++) {
    const [claimed] = await queue.claim(1);
    assert.ok(claimed, `claim ${death}`);
    await database.db.transaction().execute((tx) => queue.retry(tx, claimed, 'died'));
    await database.pool.query("UPDATE pgboss.job SET start_after = now() WHERE state = 'retry'");
  }
  assert.deepEqual(await queue.claim(1), []);
  const [dead] = await queue.claimDead(10);
  assert.equal(dead?.data.key, 'poison');
  await database.db.transaction().execute((tx) => queue.completeDead(tx, dead ? [dead] : []));
  assert.deepEqual(await queue.claimDead(10), []);
});

test('a worker does every job with no more than its number in flight', async () => {
  const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
  await enqueue(...keys);
  const done: string[] = [];
  let now = 0;
  let most = 0;
  const worker = startWorker(
    queue,
    4,
    async (claimed) => {
      most = Math.max(most, ++now);
      await complete(claimed);
      done.push(claimed.data.key);
      now--;
    },
    log,
  );
  await worker.idle();
  await worker.stop();
  assert.deepEqual(done.sort(), keys.sort());
  assert.ok(most > 1 && most <= 4, `${most} in flight`);
});

test('a worker that stops gives back what it has not begun', async () => {
  await enqueue(...Array.from({ length: 10 }, (_, index) => `k${index}`));
  const begun: Claimed<ObjectJob>[] = [];
  let finish = () => {};
  const gate = new Promise<void>((resolve) => (finish = resolve));
  let full = () => {};
  const started = new Promise<void>((resolve) => (full = resolve));
  const worker = startWorker(
    queue,
    2,
    async (claimed) => {
      if (begun.push(claimed) === 2) full();
      await gate;
      await complete(claimed);
    },
    log,
  );
  worker.wake();
  await started;
  const stopped = worker.stop();
  finish();
  await stopped;
  assert.equal(begun.length, 2);
  assert.equal((await queue.claim(20)).length, 8);
});
