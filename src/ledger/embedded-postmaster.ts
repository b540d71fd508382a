// The server process: whether one is running on a cluster, starting one, ending one.
import { execFile } from 'node:child_process';
import { constants, createWriteStream } from 'node:fs';
import { open, readFile, readlink, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Fault } from '../domain/fault.ts';
import { type Account, spawnAs } from './embedded-account.ts';
import type { Binaries } from './embedded-binaries.ts';
import type { ClusterPaths } from './embedded-cluster.ts';

/** Part of the socket's name; nothing listens on TCP. */
export const PORT = 5432;

/** What `postmaster.pid` says, where its process is this cluster's server. */
export interface Postmaster {
  pid: number;
  /** Folder of its Unix socket. */
  socket: string;
  /** `starting`, `ready`, `stopping`; empty in the instant before the server has written it. */
  status: string;
}

/** Milliseconds after which a pid file without a pid in it is no longer one that is just being written. */
const WRITING = 2_000;
/** Bytes of the server's log before it becomes `server.log.1`. */
const LOG_LIMIT = 8_000_000;
/** Milliseconds for a fast shutdown, which ends with a checkpoint, and then for an immediate one. */
const FAST = 30_000;
const IMMEDIATE = 10_000;

/** The server that runs on this cluster, if one does. */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = await readLock(join(data, 'postmaster.pid'), data);
  if (!lines) return undefined;
  // Lines: pid, data folder, start time, port, socket folder, listen address, shared memory key, status (PostgreSQL's pidfile.h).
  return { pid: Number.parseInt(lines[0] ?? '', 10) || 0, socket: lines[4] ?? '', status: (lines[7] ?? '').trim() };
}

/**
 * The lines of a lock file where this cluster's server holds it, or is just writing it. One left by a dead server is removed
 * where PostgreSQL would stumble over it: its pid is another process's by now, or it was never written completely.
 */
async function readLock(file: string, data: string): Promise<string[] | undefined> {
  const text = await readFile(file, 'utf8').catch(ignoreMissing);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (pid > 0 && (await isPostmaster(pid, data))) return lines;
  const written = await stat(file).catch(ignoreMissing);
  if (!(pid > 0) && written && Date.now() - written.mtimeMs < WRITING) return lines;
  if ((await readFile(file, 'utf8').catch(ignoreMissing)) === text) await rm(file, { force: true });
  return undefined;
}

/** Whether this process is alive and is a PostgreSQL server on this cluster. */
export async function isPostmaster(pid: number, data: string): Promise<boolean> {
  if (process.platform !== 'linux') {
    const shown = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => undefined);
    return shown?.stdout.includes(data) ?? false;
  }
  // Empty for a process that has ended and waits for its parent.
  const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  if (basename(args[0] ?? '') !== 'postgres') return false;
  // The server's working directory is its data folder, also after the folder was moved. Reading it needs the same user or root.
  const [cwd, own] = await Promise.all([`/proc/${pid}/cwd`, data].map((path) => stat(path).catch(() => undefined)));
  if (cwd && own) return cwd.dev === own.dev && cwd.ino === own.ino;
  return args.includes(data);
}

/** Whether the programs that this server runs from were deleted under it, as an upgrade does. */
export async function isOutdated(pid: number): Promise<boolean> {
  return (await readlink(`/proc/${pid}/exe`).catch(() => '')).endsWith(' (deleted)');
}

/** A server that we have started. */
export interface Launched {
  pid: number;
  /** Settles when the process is gone, with its exit code or signal in words. */
  ended: Promise<string>;
  isGone(): boolean;
  /** What the server has logged since it was started, at most the last 8 kB. */
  said(): Promise<string>;
}

/**
 * Starts the server. It is on its own: it has no pipe to us and is in no process group of ours, so that our end, a crash or
 * Ctrl-C in the terminal does not touch it.
 */
export async function launch(paths: ClusterPaths, account: Account, binaries: Binaries, socket: string): Promise<Launched> {
  await readLock(join(socket, `.s.PGSQL.${PORT}.lock`), paths.data);
  await boundLog(paths.log);
  const log = await open(paths.log, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const { size } = await log.stat();
    if (account.way !== 'same') await log.chown(account.uid, account.gid);
    const held = [
      'listen_addresses=',
      `port=${PORT}`,
      `unix_socket_directories=${quoted(socket)}`,
      'unix_socket_permissions=0700',
    ];
    const child = spawnAs(account, binaries.postgres, ['-D', paths.data, ...held.flatMap((setting) => ['-c', setting])], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    let gone = false;
    const ended = new Promise<string>((done) => {
      child.once('exit', (code, signal) => {
        gone = true;
        done(signal ?? `exit code ${code}`);
      });
    });
    await new Promise<void>((started, failed) => {
      child.once('spawn', started);
      child.once('error', failed);
    });
    child.unref();
    return { pid: child.pid as number, ended, isGone: () => gone, said: () => tail(paths.log, size) };
  } finally {
    await log.close();
  }
}

/** The setting is a list, in which a name with a comma or a space needs quotes. */
function quoted(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`;
}

/** The log's end, from a byte on. */
export async function tail(file: string, from = 0): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(ignoreMissing);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(size < from ? 0 : from, size - 8_192);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(size - start, 1)), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * Keeps two logs of at most 8 MB. The server goes on writing to the same file, which it has opened for appending.
 * Links are not followed: the folder's owner must not make root write elsewhere.
 */
export async function boundLog(file: string): Promise<void> {
  const handle = await open(file, constants.O_RDWR | constants.O_NOFOLLOW).catch(ignoreMissing);
  if (!handle) return;
  try {
    if ((await handle.stat()).size < LOG_LIMIT) return;
    await rm(`${file}.1`, { force: true });
    const kept = createWriteStream(`${file}.1`, { flags: 'wx', mode: 0o600 });
    // On a full disk the old lines are worth less than the space.
    await pipeline(handle.createReadStream({ start: 0, autoClose: false }), kept).catch(() => {});
    await handle.truncate();
  } finally {
    await handle.close();
  }
}

/**
 * Ends a server and waits until its process is gone: a fast shutdown, and if that takes too long an immediate one.
 * @throws Fault `timeout` where neither ends it
 */
export async function endPostmaster(server: { pid: number; isGone(): boolean | Promise<boolean> }): Promise<void> {
  const steps = [
    ['SIGINT', FAST],
    ['SIGQUIT', IMMEDIATE],
  ] as const;
  for (const [signal, ms] of steps) {
    if (!(await server.isGone())) killIfThere(server.pid, signal);
    if (await until(ms, () => server.isGone())) return;
  }
  throw new Fault('timeout', `the built-in PostgreSQL (pid ${server.pid}) does not end`, {
    mend: 'look whether its disk still answers; the next start takes the server over',
  });
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits for a condition, looking every few milliseconds. False where `ms` passed without it. */
export async function until(ms: number, met: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!(await met())) {
    if (performance.now() > deadline) return false;
    await pause(process.platform === 'linux' ? 5 : 50);
  }
  return true;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
