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
  if (environment.databaseUrl !== undefined) {
    const address = { url: environment.databaseUrl };
    const database = openDatabase<Ledger>(address, CONNECTIONS);
    await reach(database);
    return { ...database, address, alone: false };
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

async function reach({ pool }: Database<Ledger>): Promise<void> {
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    throw new Fault('unavailable', `the database of DATABASE_URL does not answer: ${(error as Error).message}`, {
      cause: error,
      mend: 'start it, or correct DATABASE_URL; without that variable Pixmill brings its own',
    });
  }
}
