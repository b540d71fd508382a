// The database: the embedded server in the data folder, or the one that DATABASE_URL names.
import { join } from 'node:path';
import type { Environment } from '../config/env.ts';
import { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/ports.ts';
import { type Database, type DatabaseAddress, openDatabase } from '../ledger/database.ts';
import { holdFolder, startEmbedded } from '../ledger/embedded.ts';
import type { Ledger } from '../ledger/schema.ts';

/** Connections of one process at most; the embedded server has room for several. */
const CONNECTIONS = 16;

export interface OpenedDatabase extends Database<Ledger> {
  address: DatabaseAddress;
  /** True where this process is the only one on the database. */
  alone: boolean;
}

/**
 * Opens the database. `close` also stops the embedded server.
 * @param lost called where another Pixmill took the data folder while our connection was broken: we must stop
 */
export async function openConfiguredDatabase(
  environment: Environment,
  log: Log,
  lost: () => void = () => {},
): Promise<OpenedDatabase> {
  const { databaseUrl } = environment;
  if (databaseUrl !== undefined) {
    return { ...(await openNamedDatabase(databaseUrl, CONNECTIONS)), address: { url: databaseUrl }, alone: false };
  }
  const embedded = await startEmbedded(join(environment.data, 'postgres'), log);
  // Where this is refused the server is another Pixmill's, and not ours to stop.
  const hold = await holdFolder(embedded.address, lost);
  const database = openDatabase<Ledger>(embedded.address, CONNECTIONS);
  return {
    ...database,
    address: embedded.address,
    alone: true,
    async close() {
      await database.close();
      // Held to the end, lest another Pixmill takes the folder and loses its server.
      await embedded.stop();
      await hold.release();
    },
  };
}

/**
 * Opens the database of DATABASE_URL.
 * @param connections at most so many at once
 * @throws Fault `unavailable` where it does not answer
 */
export async function openNamedDatabase(url: string, connections: number): Promise<Database<Ledger>> {
  const database = openDatabase<Ledger>({ url }, connections);
  try {
    await database.pool.query('SELECT 1');
    return database;
  } catch (error) {
    await database.close();
    throw new Fault('unavailable', `the database of DATABASE_URL does not answer: ${(error as Error).message}`, {
      cause: error,
      mend: 'start it, or correct DATABASE_URL; without that variable Pixmill brings its own',
    });
  }
}
