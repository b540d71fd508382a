import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { type Database, openDatabase } from './database.ts';

let server: TestDatabase;
let database: Database<object>;
before(async () => {
  server = await createTestDatabase();
  database = openDatabase(server.address, 2);
});
after(async () => {
  await database.close();
  await server.drop();
});

// The pool listens to clients that are idle alone. A connection that broke while its transaction did something else was an
// error that nobody heard, and ended the process: seen when the network was cut while events came in.
test('a connection that breaks between two statements of a transaction fails that transaction, and nothing else', async () => {
  const using = await database.pool.connect();
  const { rows } = await using.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const ended = new Promise<void>((resolve) => using.on('end', () => resolve()));
  await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  await ended;
  await assert.rejects(using.query('SELECT 1'), /connection/i);
  using.release(true);
  assert.equal((await database.pool.query('SELECT 1')).rowCount, 1);
});
