// The pool of connections to PostgreSQL, embedded or anybody's.
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { PreparingClient } from './prepared.ts';

/** Where the server is: a URL (`DATABASE_URL`), or a Unix socket of the embedded one. */
export type DatabaseAddress = { url: string } | { host: string; port: number; user: string; password: string; database: string };

// int8 arrives as text by default. Ids, sizes and counts here stay far below 2^53, so numbers are exact.
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (oid === pg.types.builtins.INT8 && format !== 'binary') return Number;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

export interface Database<Schema> {
  db: Kysely<Schema>;
  pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * Opens a pool; nothing is connected until the first query.
 * @param connections at most so many at once
 */
export function openDatabase<Schema>(address: DatabaseAddress, connections: number): Database<Schema> {
  const pool = new pg.Pool({ ...clientConfig(address), Client: PreparingClient, max: connections, idleTimeoutMillis: 60_000 });
  // A connection that breaks while idle is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {});
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return { db, pool, close: () => db.destroy() };
}

/** A client's configuration, for the one connection outside the pool that listens. */
export function clientConfig(address: DatabaseAddress): pg.ClientConfig {
  const where = 'url' in address ? { connectionString: address.url } : address;
  return { ...where, types, application_name: 'pixmill', connectionTimeoutMillis: 10_000 };
}
