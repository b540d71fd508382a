// Keeps a data folder for one running Pixmill: a lock in its database, which ends with the connection that holds it.
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../domain/fault.ts';
import { clientConfig, type DatabaseAddress } from './database.ts';

/** Key of the advisory lock: "pixmill" in ASCII, as a 64-bit number. */
const KEY = '31641163344211052';
/** Milliseconds in which the server notices that a killed holder is gone. */
const PATIENCE = 2_000;
const LOOK = 20;
/** Milliseconds between attempts to take the lock again, after the connection broke. */
const AGAIN = 500;

export interface Hold {
  /** Gives the folder free. */
  release(): Promise<void>;
}

/**
 * Takes the folder whose server has this address. Needs a session of its own, so no pooler may stand between.
 * The connection breaks when the server is restarted; then the lock is taken again as soon as the server answers.
 * @param lost is called where another Pixmill was faster then; this one must stop
 * @throws Fault `conflict` where another running Pixmill has it, `unavailable` where the server does not answer
 */
export async function holdFolder(address: DatabaseAddress, lost: (fault: Fault) => void = () => {}): Promise<Hold> {
  let released = false;
  let client = await take(address);
  watch(client);

  function watch(held: pg.Client): void {
    held.once('end', () => {
      if (!released) void takeAgain();
    });
  }

  async function takeAgain(): Promise<void> {
    while (!released) {
      try {
        const taken = await take(address);
        if (released) return await taken.end();
        client = taken;
        return watch(taken);
      } catch (error) {
        if (error instanceof Fault && error.code === 'conflict') return lost(error);
        await pause(AGAIN, undefined, { ref: false });
      }
    }
  }

  return {
    release: async () => {
      released = true;
      await client.end();
    },
  };
}

async function take(address: DatabaseAddress): Promise<pg.Client> {
  const client = new pg.Client({ ...clientConfig(address), application_name: `pixmill ${process.pid}` });
  // The end of the connection is what matters, and it is reported as `end`.
  client.on('error', () => {});
  try {
    await client.connect();
    const deadline = performance.now() + PATIENCE;
    while (!(await tryLock(client))) {
      if (performance.now() > deadline) throw await refusal(client);
      await pause(LOOK);
    }
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    if (error instanceof Fault) throw error;
    throw new Fault('unavailable', 'the built-in PostgreSQL went away while Pixmill was starting', {
      mend: 'another Pixmill on this data folder was perhaps just ending; start again',
      cause: error,
    });
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [KEY]);
  return rows[0]?.taken ?? false;
}

async function refusal(client: pg.Client): Promise<Fault> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT s.application_name AS holder
       FROM pg_locks l JOIN pg_stat_activity s USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::int8 << 32 | l.objid::int8) = $1`,
    [KEY],
  );
  const pid = rows[0]?.holder.match(/^pixmill (\d+)$/)?.[1];
  return new Fault('conflict', `another Pixmill is already running on this data folder${pid ? ` (pid ${pid})` : ''}`, {
    mend: 'stop it first, or give this one a folder of its own with PIXMILL_DATA',
  });
}
