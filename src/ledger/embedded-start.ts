// Brings a cluster to the point where its database answers, whatever state its server is in.
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/ports.ts';
import { clientConfig } from './database.ts';
import type { Account } from './embedded-account.ts';
import type { Binaries } from './embedded-binaries.ts';
import { type ClusterPaths, SUPERUSER } from './embedded-cluster.ts';
import { faultOf, faultOfServer } from './embedded-faults.ts';
import { endPostmaster, findPostmaster, isOutdated, isPostmaster, type Launched, launch, PORT } from './embedded-postmaster.ts';
import { openSocketFolder } from './embedded-socket.ts';

/** All that a start needs to know. */
export interface Site {
  paths: ClusterPaths;
  account: Account;
  binaries: Binaries;
  password: string;
  log: Log;
}

/** A server whose database answers. */
export interface Running {
  pid: number;
  /** Folder of its socket. */
  socket: string;
  /** True where it ran before. */
  adopted: boolean;
  /** Settles when it is gone, with what is known about how. */
  ended: Promise<string>;
  isGone(): boolean | Promise<boolean>;
}

/** The role and the database that the program works with. The role owns its database and may create others, but is no superuser. */
export const NAME = 'pixmill';

/** Milliseconds for a start, which after a crash includes replaying up to 512 MB of write-ahead log on a slow disk. */
const START = 120_000;
/** Milliseconds after which the wait is worth a line in the log. */
const LONG = 2_000;
/** Milliseconds between two looks at a server, while it starts and when it is not our child. */
const LOOK = process.platform === 'linux' ? 5 : 50;
const ADOPTED_LOOK = 1_000;
/** Milliseconds before another attempt on an occupied cluster. */
const OCCUPIED_PAUSE = 100;

/** Sessions of other programs. */
const OTHERS = `SELECT FROM pg_stat_activity WHERE usename = '${NAME}' AND pid <> pg_backend_pid()`;

/** What a server says that finds another at work on its cluster, or processes of a killed one that are about to end. */
const OCCUPIED = /lock file "[^"]+" already exists|shared memory block .* is still in use/;

/**
 * Takes over the server that runs, or starts one; waits for one that is starting, recovering or shutting down.
 * @param socket folder for the socket of a server that has to be started
 * @throws Fault where that fails, or is not done within two minutes
 */
export async function bringUp(site: Site, socket: string, signal: AbortSignal): Promise<Running> {
  const { data, folder } = site.paths;
  const begun = performance.now();
  let own: Launched | undefined;
  for (let told = false; ; await pause(LOOK)) {
    if (signal.aborted && own) await endPostmaster(own);
    signal.throwIfAborted();
    const waited = performance.now() - begun;
    const found = await findPostmaster(data);
    if (waited > START) throw tooSlow(site, found?.status ?? '');
    if (waited > LONG && !told) {
      told = true;
      site.log.info({ status: found?.status, pid: found?.pid }, 'waiting for the built-in PostgreSQL, which may be recovering');
    }
    if (!found) {
      if (own && !own.isGone()) continue;
      const said = own ? await own.said() : '';
      if (own && !OCCUPIED.test(said)) throw await faultOfServer(said, folder);
      if (own) await pause(OCCUPIED_PAUSE);
      own = await launchIn(site, socket);
    } else if (found.status === 'ready') {
      const adopted = found.pid !== own?.pid;
      const other = { pid: found.pid, isGone: async () => !(await isPostmaster(found.pid, data)) };
      const answer = await knock(site, found.socket, adopted && (await isOutdated(found.pid)));
      if (answer === 'ready' && !adopted && own) return { ...own, socket: found.socket, adopted };
      if (answer === 'ready') return { ...other, socket: found.socket, adopted, ended: endOf(other.isGone) };
      if (answer === 'useless') await endPostmaster(other);
    }
  }
}

async function launchIn(site: Site, socket: string): Promise<Launched> {
  try {
    await openSocketFolder(socket, site.account);
    return await launch(site.paths, site.account, site.binaries, socket);
  } catch (thrown) {
    throw faultOf(thrown, site.paths.folder, 'starting the built-in PostgreSQL');
  }
}

function tooSlow(site: Site, status: string): Fault {
  return new Fault(
    'timeout',
    `the built-in PostgreSQL in ${site.paths.folder} is not ready after ${START / 1000} s (${status || 'no state'})`,
    {
      mend: `it goes on by itself: read ${site.paths.log} and start Pixmill again`,
    },
  );
}

async function endOf(gone: () => Promise<boolean>): Promise<string> {
  while (!(await gone())) await pause(ADOPTED_LOOK, undefined, { ref: false });
  return 'not known, it was not started by this process';
}

/**
 * Connects once. A server is `useless` whose socket was removed, so that nobody can reach it any more, and an outdated one that
 * nobody else uses.
 */
async function knock(site: Site, socket: string, outdated: boolean): Promise<'ready' | 'again' | 'useless'> {
  try {
    return await withClient(site, socket, NAME, NAME, async (client) => {
      if (!outdated) return 'ready';
      const { rowCount } = await client.query(OTHERS);
      return rowCount ? 'ready' : 'useless';
    });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT') return 'useless';
    // No such database, and no such role or another password: the cluster is new.
    if (code !== '3D000' && code !== '28P01') return retry(site, error);
  }
  try {
    await withClient(site, socket, SUPERUSER, 'postgres', (client) => createDatabase(client, site.password));
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') return retry(site, error);
    throw new Fault('conflict', `the password in ${site.paths.password} is not the one of the database beside it`, {
      mend: `put ${site.paths.cluster} back as a whole from one backup`,
      cause: error,
    });
  }
  return 'again';
}

/** Errors of a server that comes, goes or is full pass; the caller's deadline ends a case that does not. */
function retry(site: Site, error: unknown): 'again' {
  site.log.debug({ err: error }, 'the built-in PostgreSQL does not let us in yet');
  return 'again';
}

/** Two programs may do this at the same time, so finding it done is success. */
async function createDatabase(client: pg.Client, password: string): Promise<void> {
  const attributes = `LOGIN CREATEDB PASSWORD ${client.escapeLiteral(password)}`;
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [NAME]);
  await client.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${NAME} ${attributes}`).catch(ignore('42710', '23505'));
  await client.query(`CREATE DATABASE ${NAME} OWNER ${NAME}`).catch(ignore('42P04', '23505'));
}

function ignore(...codes: string[]): (error: { code?: string }) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}

async function withClient<T>(
  site: Site,
  socket: string,
  user: string,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(clientConfig({ host: socket, port: PORT, user, password: site.password, database }));
  // A server that goes away under the connection also fails the call in progress.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
