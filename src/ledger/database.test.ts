import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { createTestDatabase } from '../../test/postgres.ts';
import { openDatabase } from './database.ts';

test('a connection that breaks between two statements of a transaction ends that transaction, not the program', async (t) => {
  // It was an error event that nobody heard, and so the end of the process: a database that ran out of disk took Pixmill with it.
  const database = await createTestDatabase();
  const { db, pool, close } = openDatabase(database.address, 2);
  t.after(async () => {
    await close();
    await database.drop();
  });
  const broken = db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(tx);
    // Waits until it has ended; by the time of another answer its last word is here, too.
    await pool.query('SELECT pg_terminate_backend($1, 10000)', [rows[0]?.pid]);
    await pool.query('SELECT 1');
    await sql`SELECT 1`.execute(tx);
  });
  await assert.rejects(broken);
  assert.equal((await sql<{ one: number }>`SELECT 1 AS one`.execute(db)).rows[0]?.one, 1);
});
