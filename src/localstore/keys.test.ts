import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { until } from '../../test/program.ts';
import type { Log } from '../domain/ports.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { type OwnAccessKeys, openAccessKeys } from './access-keys.ts';
import { type Keys, openKeys } from './keys.ts';
import type { StoreTables } from './tables.ts';

let database: TestDatabase;
let opened: Database<StoreTables>;
const statements: string[] = [];

before(async () => {
  database = await createTestDatabase();
  opened = openDatabase<StoreTables>(database.address, 4);
  await migrateUp(opened.db);
});

after(async () => {
  await opened.close();
  await database.drop();
});

const log: Log = {
  debug() {},
  info() {},
  warn: (data, message) => assert.fail(`${message} ${JSON.stringify(data)}`),
  error() {},
};

/** One process on the database: its cache, and what administers keys there. */
function open(fresh?: number): { keys: Keys; accessKeys: OwnAccessKeys } {
  const db = opened.db.withPlugin({
    transformQuery: ({ node }) => {
      statements.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const keys = openKeys(db, log, fresh);
  return { keys, accessKeys: openAccessKeys(opened.db, keys) };
}

/** Longer than any test. */
const HOUR = 3_600_000;
const READ = { read: ['pictures'], write: [] };

test('the first key is made once, of the length that clients expect, and may do everything', async () => {
  const { keys, accessKeys } = open();
  const key = await accessKeys.ensureFirst();
  assert.match(key.accessKeyId, /^PXML[A-Z2-7]{16}$/);
  assert.match(key.secretAccessKey, /^[A-Za-z0-9]{40}$/);
  assert.deepEqual(await open().accessKeys.ensureFirst(), key);
  const found = await keys.find(key.accessKeyId);
  assert.deepEqual([found?.secretAccessKey, found?.rights], [key.secretAccessKey, 'everything']);
});

test('a key is found with its rights from when it is made until it is revoked, without any wait', async () => {
  const { keys, accessKeys } = open(HOUR);
  await keys.find('PXMLNONE');
  const { id, secret, rights } = await accessKeys.create('cam', { read: ['pictures', '*', 'pictures'], write: [] });
  assert.deepEqual(rights, { read: ['pictures', '*'], write: [] });
  const found = await keys.find(id);
  assert.equal(found?.secretAccessKey, secret);
  assert.deepEqual(found?.rights, { read: new Set(['pictures', '*']), write: new Set() });
  await accessKeys.revoke(id);
  assert.equal(await keys.find(id), undefined);
});

test('a lookup that was under way while a key was revoked does not keep it', async () => {
  const { id } = await open().accessKeys.create('under way', READ);
  // The read is answered before the key is revoked, and its answer is held back.
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: read, resolve: hasRead } = Promise.withResolvers<void>();
  let first = true;
  const slow = openKeys(
    opened.db.withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        if (first) {
          first = false;
          hasRead();
          await held;
        }
        return result;
      },
    }),
    log,
    HOUR,
  );
  const looking = slow.find(id);
  await read;
  await openAccessKeys(opened.db, slow).revoke(id);
  letGo();
  assert.equal(await looking, undefined);
  assert.equal(await slow.find(id), undefined);
});

test('a key that another process made or revoked is so here once the cache is old', async () => {
  const here = open(0);
  const there = open();
  assert.equal(await here.keys.find('PXMLADDED'), undefined);
  const { id } = await there.accessKeys.create('elsewhere', READ);
  assert.ok(await here.keys.find(id));
  await there.accessKeys.revoke(id);
  assert.equal(await here.keys.find(id), undefined);
});

test('lookups within the time that the cache is believed cost no statement', async () => {
  const { keys, accessKeys } = open();
  const { accessKeyId } = await accessKeys.ensureFirst();
  await keys.find(accessKeyId);
  statements.length = 0;
  for (let at = 0; at < 1000; at++) assert.ok(await keys.find(accessKeyId));
  assert.deepEqual(statements, []);
});

test('the use of a key is noted once a minute, however often it is used', async () => {
  const { keys, accessKeys } = open();
  const { id } = await accessKeys.create('used', READ);
  const lastUsedAt = async () => (await accessKeys.list()).find((key) => key.id === id)?.lastUsedAt;
  assert.equal(await lastUsedAt(), null);
  await keys.find(id);
  statements.length = 0;
  for (let at = 0; at < 1000; at++) keys.noteUse(id);
  keys.noteUse('PXMLNONE');
  await keys.close();
  assert.deepEqual(statements, ['UpdateQueryNode']);
  const noted = await lastUsedAt();
  assert.ok(noted && Date.now() - noted.getTime() < 60_000);
  // Another process finds the note, and adds none of its own.
  const there = open();
  await there.keys.find(id);
  statements.length = 0;
  there.keys.noteUse(id);
  await there.keys.close();
  assert.deepEqual(statements, []);
  await opened.db
    .updateTable('store_access_key')
    .set({ last_used_at: new Date(0) })
    .where('id', '=', id)
    .execute();
  const later = open();
  await later.keys.find(id);
  later.keys.noteUse(id);
  await until('it is noted anew', async () => ((await lastUsedAt())?.getTime() ?? 0) > 0 || undefined);
});

test('a name of the language itself is no key', async () => {
  const { keys } = open();
  for (const name of ['constructor', '__proto__', '']) assert.equal(await keys.find(name), undefined);
});
