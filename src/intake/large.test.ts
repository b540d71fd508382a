import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fillLedger, largeSource, listingOf } from '../../test/large-source.ts';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import type { Ledger } from '../ledger/schema.ts';
import { sweep } from './sweep.ts';

const COUNT = 100_000;
const { pipeline, engine } = largeSource;

let testDatabase: TestDatabase;
let database: Database<Ledger>;

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 4);
  await migrateUp(database.db);
  await fillLedger(database.pool, COUNT);
});
after(async () => {
  await database.close();
  await testDatabase.drop();
});

/** Bytes that are in use. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

async function measure(count: number): Promise<{ scanned: number; differing: number; grown: number }> {
  const heaps: number[] = [];
  let [scanned, differing, pages] = [0, 0, 0];
  for await (const page of sweep(database.db, listingOf(count), pipeline, engine, undefined)) {
    scanned += page.scanned;
    differing += page.differing.length;
    if (++pages % 25 === 0) heaps.push(heap());
  }
  return { scanned, differing, grown: Math.max(...heaps) - (heaps[0] ?? 0) };
}

test('a sweep over a hundred thousand unchanged keys finds nothing, in the memory of a few pages', async () => {
  const { scanned, differing, grown } = await measure(COUNT);
  assert.deepEqual([scanned, differing], [COUNT, 0]);
  assert.ok(grown < 5_000_000, `${grown} bytes more than at first`);
});

test('a source that was emptied is told page by page too', async () => {
  const { scanned, differing, grown } = await measure(0);
  assert.deepEqual([scanned, differing], [0, COUNT]);
  assert.ok(grown < 5_000_000, `${grown} bytes more than at first`);
});
