import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { until } from '../../test/program.ts';
import { compileConfig } from '../config/load.ts';
import type { Imaging, Store } from '../domain/ports.ts';
import { openIntake } from '../intake/receive.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { takeFailures } from '../ledger/failures.ts';
import { migrateUp } from '../ledger/migrate.ts';
import type { Ledger } from '../ledger/schema.ts';
import { MAX_ATTEMPTS, openQueue, type Queue } from '../queue/queue.ts';
import { startWork } from './work.ts';

const log = { debug() {}, info() {}, warn() {}, error: console.error };

let testDatabase: TestDatabase;
let database: Database<Ledger>;
let queue: Queue;

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 8);
  await migrateUp(database.db);
  queue = await openQueue(database.pool, true, log);
});
after(async () => {
  await queue.stop();
  await database.close();
  await testDatabase.drop();
});

test('an object over which every worker died becomes a failure, holds nobody up, and is worked on again when it is redriven', async () => {
  await database.pool.query(`INSERT INTO original (bucket, key, etag, size, state) VALUES ('src', 'poison', 'v1', 7, 'pending')`);
  const job = { bucket: 'src', key: 'poison', at: new Date().toISOString() };
  await database.db.transaction().execute((tx) => queue.enqueue(tx, [job]));
  for (let death = 0; death <= MAX_ATTEMPTS; death++) {
    const [claimed] = await queue.claim(1);
    assert.ok(claimed, `death ${death}`);
    await database.db.transaction().execute((tx) => queue.retry(tx, claimed, 'the worker died'));
    // Meanwhile others are worked on.
    await database.db.transaction().execute((tx) => queue.enqueue(tx, [{ ...job, key: `good ${death}` }]));
    const [good] = await queue.claim(1);
    assert.ok(good && good.data.key === `good ${death}`);
    await database.db.transaction().execute((tx) => queue.complete(tx, [good]));
    await database.pool.query(`UPDATE pgboss.job SET start_after = now() WHERE state = 'retry'`);
  }
  const declared = { source: { bucket: 'src' }, renditions: { r: { recipe: {}, to: { bucket: 'out', key: '{key}' } } } };
  const config = await compileConfig({ pipelines: { p: declared } }, '/c', () => 'f1');
  // Neither is asked for anything: the object is given up without another look.
  const imaging = { engine: 'e1', slots: 1 } as Imaging;
  const worker = startWork({
    db: database.db,
    queue,
    store: {} as Store,
    imaging,
    config,
    recorded() {},
    log,
  });
  const failure = await until('the dead letter is recorded', () =>
    database.db.selectFrom('failure').selectAll().executeTakeFirst(),
  );
  assert.deepEqual([failure.pipeline, failure.rendition, failure.class, failure.source_etag], ['p', 'r', 'internal', 'v1']);
  const original = await database.db.selectFrom('original').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([original.state, original.etag, original.size], ['failed', 'v1', 7]);
  await worker.stop();
  assert.deepEqual(await queue.claimDead(1), []);

  const receive = openIntake(config.pipelines, queue.enqueue);
  const redriven = await takeFailures(database.db, { class: 'internal' }, failure.id, 10, (tx, objects) =>
    receive(
      tx,
      objects.map((object) => ({ ...object, kind: 'look', door: 'redrive', at: new Date() })),
    ),
  );
  assert.equal(redriven, 1);
  const [again] = await queue.claim(10);
  assert.deepEqual([again?.data.key, again?.retryCount], ['poison', 0], 'it is worked on as if nothing had been');
});
