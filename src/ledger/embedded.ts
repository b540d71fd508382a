// The built-in PostgreSQL: creates it at the first start, starts it or takes over the one that runs, watches it, stops it.
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/ports.ts';
import type { DatabaseAddress } from './database.ts';
import { chooseAccount, reachable } from './embedded-account.ts';
import { findBinaries } from './embedded-binaries.ts';
import { createCluster, inspectFolder, openFolder, ownFolder, readPassword } from './embedded-cluster.ts';
import { boundLog, endPostmaster, PORT, tail } from './embedded-postmaster.ts';
import { removeSocketFolder, socketFolder } from './embedded-socket.ts';
import { bringUp, NAME, type Running, type Site } from './embedded-start.ts';

export { type Hold, holdFolder } from './embedded-hold.ts';

export interface EmbeddedPostgres {
  /** Of a role that owns its database and may create others, but is no superuser. Stays the same when the server is restarted. */
  address: Extract<DatabaseAddress, { host: string }>;
  /** True where the server was running already: whoever started it was killed and left it. */
  adopted: boolean;
  /** Of the server now; another one after it has died and was started again. */
  readonly pid: number;
  /** Ends the server and resolves when its process is gone. */
  stop(): Promise<void>;
}

/** Milliseconds to wait before each attempt to restart a server that has died; after the last it is given up. */
const RESTARTS = [0, 500, 2_000, 10_000, 30_000];
/** Milliseconds of life after which a server gets all the attempts again. */
const HEALTHY = 60_000;
/** Milliseconds between two looks at the size of the server's log. */
const LOG_LOOK = 60_000;

/**
 * Makes sure that a PostgreSQL server runs on this folder, and creates it at the first start.
 * It listens on a Unix socket only and outlives a crash of ours. A second program on the same folder gets the same server:
 * `holdFolder` tells them apart, and the one that is refused must not stop it.
 * @throws Fault with a mend, for a folder that cannot be used, a full disk, or a platform without PostgreSQL
 */
export async function startEmbedded(folder: string, log: Log): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const paths = await openFolder(folder);
  const state = await inspectFolder(paths, binaries.major);
  const owner = await chooseAccount(state === 'cluster' ? paths.data : paths.folder);
  await ownFolder(paths, state, owner);
  const account = await reachable(owner, paths.folder, binaries);
  if (state === 'empty') await createCluster(paths, account, binaries);
  const site: Site = { paths, account, binaries, password: await readPassword(paths), log };

  const stopping = new AbortController();
  let running = await bringUp(site, socketFolder(paths.folder, account), stopping.signal);
  const { adopted, socket } = running;
  log.info({ pid: running.pid, adopted, folder: paths.folder }, 'the built-in PostgreSQL is ready');
  const logLook = setInterval(() => void boundLog(paths.log).catch(() => {}), LOG_LOOK).unref();
  let restarting: Promise<Running | undefined> | undefined;
  let attempts = 0;
  watch(running);

  function watch(server: Running): void {
    const since = performance.now();
    void server.ended.then(async (how) => {
      if (stopping.signal.aborted) return;
      const said = await tail(paths.log).catch(() => '');
      log.error({ pid: server.pid, how, said }, 'the built-in PostgreSQL has ended by itself');
      if (performance.now() - since > HEALTHY) attempts = 0;
      restarting = restart();
      const next = await restarting;
      if (next) watch(next);
    });
  }

  /** The new server, or nothing where it is given up or not wanted any more. */
  async function restart(): Promise<Running | undefined> {
    while (attempts < RESTARTS.length && !stopping.signal.aborted) {
      try {
        await pause(RESTARTS[attempts++], undefined, { ref: false, signal: stopping.signal });
        running = await bringUp(site, socket, stopping.signal);
        log.warn({ pid: running.pid, attempts }, 'the built-in PostgreSQL is ready again');
        return running;
      } catch (err) {
        if (!stopping.signal.aborted) log.error({ err, attempts }, 'the built-in PostgreSQL could not be started again');
        // Disk or memory are short, and may be there at any time: the last attempt is repeated for as long as it takes.
        if (err instanceof Fault && err.code === 'unavailable') attempts = Math.min(attempts, RESTARTS.length - 1);
      }
    }
    if (stopping.signal.aborted) return undefined;
    log.error({ attempts }, 'the built-in PostgreSQL is given up: mend what its log names, then restart Pixmill');
    return undefined;
  }

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopping.abort();
    clearInterval(logLook);
    await restarting;
    await endPostmaster(running);
    await removeSocketFolder(paths.folder, socket);
  }

  return {
    address: { host: socket, port: PORT, user: NAME, password: site.password, database: NAME },
    adopted,
    get pid() {
      return running.pid;
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
