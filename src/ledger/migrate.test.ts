import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { type Database, openDatabase } from './database.ts';
import { migrateDown, migrateUp, migrationStatus } from './migrate.ts';

let testDatabase: TestDatabase;
let one: Database<object>;
let other: Database<object>;

before(async () => {
  testDatabase = await createTestDatabase();
  one = openDatabase(testDatabase.address, 4);
  other = openDatabase(testDatabase.address, 4);
});
after(async () => {
  await one.close();
  await other.close();
  await testDatabase.drop();
});

/** Every column, constraint and index, as the catalogue tells them. */
async function schema(): Promise<string[]> {
  const { rows } = await one.pool.query<{ line: string }>(`
    SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default) AS line
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace
    ORDER BY 1`);
  return rows.map(({ line }) => line);
}

test('migrations go up once, however many ask at the same time', async () => {
  const applied = await Promise.all([migrateUp(one.db), migrateUp(other.db)]);
  const status = await migrationStatus(one.db);
  assert.deepEqual(
    applied.flat().sort(),
    status.map(({ name }) => name),
  );
  assert.ok(status.every(({ appliedAt }) => appliedAt instanceof Date));
  assert.deepEqual(await migrateUp(one.db), []);
});

test('down reverts exactly the newest; down to nothing and up again leaves the same schema', async () => {
  const before = await schema();
  const names = (await migrationStatus(one.db)).map(({ name }) => name);
  for (const name of names.toReversed()) assert.deepEqual(await migrateDown(one.db), [name]);
  assert.deepEqual(await migrateDown(one.db), []);
  assert.deepEqual(
    (await schema()).filter((line) => !line.includes('kysely_')),
    [],
  );
  assert.deepEqual(await migrateUp(one.db), names);
  assert.deepEqual(await schema(), before);
});

test('a database of a newer Pixmill is left alone, with the mend', async () => {
  await one.pool.query(`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-future', now()::text)`);
  await assert.rejects(migrateUp(one.db), (fault: Error & { mend?: string }) => /newer Pixmill/.test(fault.mend ?? ''));
  await one.pool.query(`DELETE FROM kysely_migration WHERE name = '9999-future'`);
});
