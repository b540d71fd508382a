// The folder of the built-in PostgreSQL: what may be in it, and how a cluster comes into it in one step.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, lstat, mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../domain/fault.ts';
import { type Account, giveAllTo, giveTo, runAs } from './embedded-account.ts';
import type { Binaries } from './embedded-binaries.ts';
import { faultOf } from './embedded-faults.ts';

export interface ClusterPaths {
  folder: string;
  /** Holds `data` and `password`, which only make sense together. */
  cluster: string;
  data: string;
  password: string;
  log: string;
}

/** The bootstrap superuser. The program itself works as an ordinary role. */
export const SUPERUSER = 'postgres';

/** A cluster in the making: `.new-<pid>-<random>`. */
const UNFINISHED = /^\.new-(\d+)-[0-9a-f]+$/;
/** What may lie in a folder without a cluster: our own files, and the one that ext4 puts into each volume. */
const KNOWN = new Set(['cluster', 'socket', 'server.log', 'server.log.1', 'lost+found']);
/** Milliseconds; initdb takes about half a second, so one that old is no longer at work whatever its pid says. */
const UNFINISHED_FOR = 600_000;

/**
 * What initdb writes into postgresql.conf. Small, since a ledger is: 60 connections at most, 512 MB of write-ahead log.
 * Only what fails a start, a checkpoint or a connection is logged; failed statements are reported to whoever sent them.
 */
const SETTINGS = {
  max_connections: '60',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  wal_compression: 'on',
  max_wal_size: '512MB',
  io_method: 'sync',
  max_logical_replication_workers: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_checkpoints: 'off',
};

/** Creates the folder where it is missing. All paths in the answer are real ones, without links in them. */
export async function openFolder(folder: string): Promise<ClusterPaths> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const real = await realpath(folder);
    const cluster = join(real, 'cluster');
    return {
      folder: real,
      cluster,
      data: join(cluster, 'data'),
      password: join(cluster, 'password'),
      log: join(real, 'server.log'),
    };
  } catch (cause) {
    throw faultOf(cause, folder, `creating ${folder}`);
  }
}

/**
 * Whether the folder holds a cluster of this major version, or nothing yet. Left-overs of a killed start are removed.
 * @throws Fault `conflict` for a folder of something else, `invalid` for another major version, `denied` for another owner
 */
export async function inspectFolder(paths: ClusterPaths, major: number): Promise<'empty' | 'cluster'> {
  try {
    const names = await readdir(paths.folder);
    await removeUnfinished(paths.folder, names);
    if (!names.includes('cluster')) {
      const foreign = names.filter((name) => !KNOWN.has(name) && !UNFINISHED.test(name));
      if (foreign.length === 0) return 'empty';
      throw new Fault('conflict', `${paths.folder} holds other files, such as ${foreign[0]}, and no database of Pixmill`, {
        mend: 'set PIXMILL_DATA to an empty or new folder',
      });
    }
    await requireOwner(paths);
    await requireVersion(paths, major);
    return 'cluster';
  } catch (thrown) {
    throw faultOf(thrown, paths.folder, `reading ${paths.folder}`);
  }
}

async function requireOwner(paths: ClusterPaths): Promise<void> {
  const uid = process.geteuid?.() ?? 0;
  const owner = (await lstat(paths.cluster)).uid;
  if (uid === 0 || owner === uid) return;
  throw new Fault('denied', `${paths.cluster} belongs to user ${owner}, and Pixmill runs as user ${uid}`, {
    mend: `run Pixmill as user ${owner}, or give the folder away with \`chown -R ${uid} ${paths.folder}\``,
  });
}

async function requireVersion(paths: ClusterPaths, major: number): Promise<void> {
  const file = join(paths.data, 'PG_VERSION');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new Fault('conflict', `${paths.cluster} is not a PostgreSQL cluster: ${file} is missing`, {
      mend: `put the folder back from a backup, or move ${paths.cluster} away to begin with an empty database`,
      cause: error,
    });
  });
  const found = Number.parseInt(text, 10);
  if (found === major) return;
  const how =
    `dump the database (\`pg_dump\`) with the Pixmill that last used this folder, move ${paths.folder} away, ` +
    'start this Pixmill once and load the dump (`psql`)';
  throw new Fault(
    'invalid',
    `${paths.folder} was written by PostgreSQL ${found || '?'}, and this Pixmill brings PostgreSQL ${major}`,
    {
      mend: found > major ? `run the newer Pixmill again; or to go back, ${how}` : how,
    },
  );
}

/** Removes what a killed initdb has left; one that is at work in another process is left alone. */
async function removeUnfinished(folder: string, names: string[]): Promise<void> {
  for (const name of names) {
    const pid = Number(name.match(UNFINISHED)?.[1]);
    if (!pid) continue;
    const path = join(folder, name);
    const modified = (await lstat(path)).mtimeMs;
    const started = pid === process.pid ? performance.timeOrigin : 0;
    if (isRunning(pid) && modified > Math.max(started, Date.now() - UNFINISHED_FOR)) continue;
    // The initdb of a killed program may write on for a moment; what cannot be removed now can be at the next start.
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Makes a cluster under a temporary name and renames it, so that it is there completely or not at all. Where another process
 * was faster, its cluster stands.
 */
export async function createCluster(paths: ClusterPaths, account: Account, binaries: Binaries): Promise<void> {
  const made = join(paths.folder, `.new-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(made, { mode: 0o700 });
    const password = await open(join(made, 'password'), 'wx', 0o600);
    await password.writeFile(`${randomBytes(24).toString('base64url')}\n`);
    await password.sync();
    await password.close();
    await giveAllTo(account, made);
    const { code, output } = await runAs(
      account,
      binaries.initdb,
      [
        `--pgdata=${join(made, 'data')}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${join(made, 'password')}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--data-checksums',
        '--no-instructions',
        ...Object.entries(SETTINGS).map(([name, value]) => `--set=${name}=${value}`),
      ],
      120_000,
    );
    if (code !== 0) throw faultOf(output, paths.folder, `creating a PostgreSQL cluster in ${paths.folder}`);
    await syncFolder(made);
    await rename(made, paths.cluster).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    await syncFolder(paths.folder);
    await syncFolder(dirname(paths.folder));
  } catch (thrown) {
    throw faultOf(thrown, paths.folder, `creating a PostgreSQL cluster in ${paths.folder}`);
  } finally {
    await rm(made, { recursive: true, force: true }).catch(() => {});
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/**
 * Gives the folder to the account: all of it where root owns the cluster, as after `chown -R` or a restored backup. Narrows
 * the cluster's mode where a copy has widened it, since PostgreSQL insists.
 */
export async function ownFolder(paths: ClusterPaths, state: 'empty' | 'cluster', account: Account): Promise<void> {
  try {
    await access(paths.folder, constants.W_OK);
    if (state === 'empty') return await giveTo(account, paths.folder);
    const data = await lstat(paths.data);
    if (data.uid === account.uid) await giveTo(account, paths.folder);
    else await giveAllTo(account, paths.folder);
    if (data.isDirectory() && data.mode & 0o027) await chmod(paths.data, 0o700);
  } catch (cause) {
    throw faultOf(cause, paths.folder, `giving ${paths.folder} to user ${account.uid}`);
  }
}

export async function readPassword(paths: ClusterPaths): Promise<string> {
  try {
    return (await readFile(paths.password, 'utf8')).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw faultOf(cause, paths.folder, `reading ${paths.password}`);
    throw new Fault('conflict', `the database's password file ${paths.password} is missing`, {
      mend: 'put the file back from a backup of the data folder',
      cause,
    });
  }
}
