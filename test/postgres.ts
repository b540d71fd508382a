// A database of its own for each test file, on the PostgreSQL server that the test run has started.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DatabaseAddress } from '../src/ledger/database.ts';

/** URL of a server on which databases may be created; `test/global-setup.ts` sets it. */
const SERVER = 'PIXMILL_TEST_POSTGRES';

export interface TestDatabase {
  address: DatabaseAddress;
  drop(): Promise<void>;
}

/** Creates an empty database. Call `drop` when the test file is done. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env[SERVER];
  if (!server) throw new Error(`${SERVER} is not set: run tests through "npm test" or "npm run test:file"`);
  const name = `pixmill_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { address: { url: url.href }, drop: () => drop(server, name) };
}

async function drop(server: string, name: string): Promise<void> {
  try {
    await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  } catch (error) {
    // Autovacuum was at work there, which is the superuser's and not ours to end. Without FORCE PostgreSQL ends it by itself.
    if ((error as { code?: string }).code !== '42501') throw error;
    await onServer(server, `DROP DATABASE ${name}`);
  }
}

async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
