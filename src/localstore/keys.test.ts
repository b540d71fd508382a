import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { openKeys } from './keys.ts';
import type { StoreTables } from './tables.ts';

let database: TestDatabase;
let opened: Database<StoreTables>;

before(async () => {
  database = await createTestDatabase();
  opened = openDatabase<StoreTables>(database.address, 2);
  await migrateUp(opened.db);
});

after(async () => {
  await opened.close();
  await database.drop();
});

test('the first key is made once, of the length that clients expect', async () => {
  const key = await openKeys(opened.db).ensureFirst();
  assert.match(key.accessKeyId, /^PXML[A-Z2-7]{16}$/);
  assert.match(key.secretAccessKey, /^[A-Za-z0-9]{40}$/);
  assert.deepEqual(await openKeys(opened.db).ensureFirst(), key);
  assert.deepEqual(await openKeys(opened.db).find(key.accessKeyId), key);
});

test('a key works from when it is there until it is gone', async () => {
  const keys = openKeys(opened.db, 0);
  assert.equal(await keys.find('AKIAADDED'), undefined);
  await opened.db.insertInto('store_key').values({ id: 'AKIAADDED', secret: 'secret' }).execute();
  assert.equal((await keys.find('AKIAADDED'))?.secretAccessKey, 'secret');
  await opened.db.deleteFrom('store_key').where('id', '=', 'AKIAADDED').execute();
  assert.equal(await keys.find('AKIAADDED'), undefined);
});

test('a name of the language itself is no key', async () => {
  const keys = openKeys(opened.db);
  for (const name of ['constructor', '__proto__', '']) assert.equal(await keys.find(name), undefined);
});
