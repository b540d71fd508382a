// Locks on objects, for whoever works on them without a job of the queue: one holder at a time, whatever process it is in.
import pg from 'pg';
import { clientConfig, type DatabaseAddress } from './database.ts';

/** Tells these advisory locks from others. Any constant will do; nothing else uses it. */
const SEED = 0x6f626a;

export interface ObjectLocks {
  /** @returns false where somebody else holds it */
  take(object: string): Promise<boolean>;
  release(object: string): Promise<void>;
  /** Releases all that are held. */
  close(): Promise<void>;
}

/**
 * Opens a connection that holds the locks.
 * @param ms the server takes all of them back after so long without a word from here: a process that is frozen says nothing,
 *   and its connection does not break
 */
export async function openObjectLocks(address: DatabaseAddress, ms: number): Promise<ObjectLocks> {
  const client = new pg.Client(clientConfig(address));
  // A connection that breaks between two statements is told of by the next.
  client.on('error', () => {});
  await client.connect();
  // In a transaction, so that the timeout counts, and a pooler in between leaves the connection to us.
  await client.query('BEGIN');
  await client.query(`SELECT set_config('idle_in_transaction_session_timeout', $1, true)`, [String(Math.ceil(ms))]);
  return {
    async take(object) {
      const { rows } = await client.query('SELECT pg_try_advisory_lock(hashtextextended($1, $2)) AS taken', [object, SEED]);
      return rows[0].taken;
    },
    async release(object) {
      await client.query('SELECT pg_advisory_unlock(hashtextextended($1, $2))', [object, SEED]);
    },
    async close() {
      try {
        await client.query('SELECT pg_advisory_unlock_all()');
        await client.query('COMMIT');
      } finally {
        await client.end();
      }
    },
  };
}
