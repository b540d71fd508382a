import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { openBucketCors } from './bucket-cors.ts';
import type { CorsRule } from './cors-rule.ts';
import type { StoreTables } from './tables.ts';

let database: TestDatabase;
let opened: Database<StoreTables>;
let queries = 0;

before(async () => {
  database = await createTestDatabase();
  opened = openDatabase<StoreTables>(database.address, 2);
  await migrateUp(opened.db);
  await opened.db
    .insertInto('store_bucket')
    .values([{ name: 'pictures' }, { name: 'plain' }])
    .execute();
  opened.pool.on('acquire', () => queries++);
});

after(async () => {
  await opened.close();
  await database.drop();
});

const RULES: CorsRule[] = [{ origins: ['*'], methods: ['GET'], headers: [], exposed: ['ETag'], maxAge: 5 }];

async function setRules(rules: CorsRule[] | null): Promise<void> {
  const cors = rules && JSON.stringify(rules);
  await opened.db.updateTable('store_bucket').set({ cors }).where('name', '=', 'pictures').execute();
}

beforeEach(async () => {
  await setRules(RULES);
  queries = 0;
});

test('rules are asked for once, also where there are none and no bucket', async () => {
  const cors = openBucketCors(opened.db);
  for (let time = 0; time < 3; time++) {
    assert.deepEqual(await cors.find('pictures'), RULES);
    assert.deepEqual(await cors.find('plain'), []);
    assert.deepEqual(await cors.find('nowhere'), []);
  }
  assert.equal(queries, 3);
});

test('a name that no bucket can have is not asked for', async () => {
  const cors = openBucketCors(opened.db);
  for (const name of ['', 'A', 'a/b', 'x'.repeat(64), '\0']) assert.deepEqual(await cors.find(name), []);
  assert.equal(queries, 0);
});

test('however many names strangers ask for, one query at a time answers them', async () => {
  const cors = openBucketCors(opened.db);
  const asked = Array.from({ length: 1000 }, (_, at) => cors.find(`bucket-${at}`));
  const found = await Promise.all([...asked, cors.find('pictures')]);
  assert.deepEqual(found.at(-1), RULES);
  assert.equal(queries, 2);
});

test('rules that this process changes are forgotten at once, also while they are being read', async () => {
  const cors = openBucketCors(opened.db);
  const before = cors.find('pictures');
  await setRules(null);
  cors.forget('pictures');
  const after = cors.find('pictures');
  // Asked for and forgotten before its query began: both get an answer.
  cors.forget('pictures');
  const again = cors.find('pictures');
  assert.deepEqual(await Promise.all([after, again]), [[], []]);
  await before;
  assert.deepEqual(await cors.find('pictures'), []);
});

test('rules that another process changes are seen when the held ones are no longer believed', async () => {
  const cors = openBucketCors(opened.db, 0);
  assert.deepEqual(await cors.find('pictures'), RULES);
  await setRules(null);
  assert.deepEqual(await cors.find('pictures'), []);
});

test('the rules of many buckets take a bounded place, and the oldest go', async () => {
  const cors = openBucketCors(opened.db);
  await cors.find('pictures');
  await Promise.all(Array.from({ length: 256 }, (_, at) => cors.find(`bucket-${at}`)));
  queries = 0;
  await cors.find('bucket-255');
  assert.equal(queries, 0);
  assert.deepEqual(await cors.find('pictures'), RULES);
  assert.equal(queries, 1);
});

test('a database that was away is asked again', async () => {
  const cors = openBucketCors(opened.db);
  await opened.pool.query('ALTER TABLE store_bucket RENAME TO away');
  await assert.rejects(cors.find('pictures'));
  await opened.pool.query('ALTER TABLE away RENAME TO store_bucket');
  assert.deepEqual(await cors.find('pictures'), RULES);
});
