import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import type { Fault } from '../domain/fault.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateDown, migrateUp } from '../ledger/migrate.ts';
import { type OwnAccessKeys, openAccessKeys } from './access-keys.ts';
import type { StoreTables } from './tables.ts';

let database: TestDatabase;
let opened: Database<StoreTables>;
let accessKeys: OwnAccessKeys;

before(async () => {
  database = await createTestDatabase();
  opened = openDatabase<StoreTables>(database.address, 2);
  await migrateUp(opened.db);
  accessKeys = openAccessKeys(opened.db, { forget() {} });
});

after(async () => {
  await opened.close();
  await database.drop();
});

function fails(code: string, message: RegExp, mend: RegExp) {
  return (fault: Fault) => {
    assert.equal(fault.code, code);
    assert.match(fault.message, message);
    assert.match(fault.mend ?? '', mend);
    return true;
  };
}

test('keys are listed newest first, with their rights and without their secrets', async () => {
  const first = await accessKeys.ensureFirst();
  const cam = await accessKeys.create('cam', { read: [], write: ['pictures'] });
  const [newest, oldest, ...others] = await accessKeys.list();
  assert.deepEqual(others, []);
  assert.ok(newest && oldest);
  const { createdAt, ...rest } = newest;
  assert.ok(Math.abs(Date.now() - createdAt.getTime()) < 60_000);
  assert.deepEqual(rest, { id: cam.id, name: 'cam', rights: { read: [], write: ['pictures'] }, lastUsedAt: null });
  assert.deepEqual([oldest.id, oldest.name, oldest.rights], [first.accessKeyId, 'Pixmill itself', 'everything']);
  await accessKeys.revoke(cam.id);
});

test('a right must be in what can be a bucket, and there must be one', async () => {
  const create = (read: string[], write: string[] = []) => accessKeys.create('odd', { read, write });
  await assert.rejects(create([]), fails('invalid', /"odd" would have no right/, /every bucket/));
  for (const bucket of ['', 'A', 'a/b', 'pictures/*', '**', '../x', 'a'.repeat(64), '127.0.0.1']) {
    await assert.rejects(create(['pictures'], [bucket]), fails('invalid', /cannot be the name of a bucket/, /3 to 63/));
  }
  assert.equal((await accessKeys.list()).length, 1);
});

test("Pixmill's own key is not revoked; a second one that may do everything is", async () => {
  const { accessKeyId } = await accessKeys.ensureFirst();
  await assert.rejects(accessKeys.revoke(accessKeyId), fails('conflict', /Pixmill itself/, /access-key create/));
  assert.equal((await accessKeys.ensureFirst()).accessKeyId, accessKeyId);
  const second = { id: 'PXMLSECOND', secret: 's', name: 'by hand', rights: null, last_used_at: null };
  await opened.db.insertInto('store_access_key').values(second).execute();
  await accessKeys.revoke('PXMLSECOND');
  await assert.rejects(accessKeys.revoke('PXMLSECOND'), fails('not_found', /no access key "PXMLSECOND"/, /list/));
});

test('there are a thousand keys at most', async () => {
  await opened.pool.query(
    `INSERT INTO store_access_key (id, secret, name, rights)
     SELECT 'many' || n, 's', 'many', '{"read":["*"],"write":[]}' FROM generate_series(1, 999) AS n`,
  );
  const one = () => accessKeys.create('one more', { read: ['*'], write: [] });
  await assert.rejects(one(), fails('conflict', /1000 access keys already/, /revoke/));
  await accessKeys.revoke('many1');
  await one();
  await opened.pool.query('DELETE FROM store_access_key WHERE rights IS NOT NULL');
});

test('a schema that knows no rights keeps no key that has some', async () => {
  const first = await accessKeys.ensureFirst();
  await accessKeys.create('limited', { read: ['pictures'], write: [] });
  let reverted: string[];
  do reverted = await migrateDown(opened.db);
  while (!reverted.includes('0003-access-keys'));
  const { rows } = await opened.pool.query('SELECT id, secret FROM store_key');
  assert.deepEqual(rows, [{ id: first.accessKeyId, secret: first.secretAccessKey }]);
  await migrateUp(opened.db);
  assert.deepEqual(await accessKeys.ensureFirst(), first);
});
