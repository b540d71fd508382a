// The folder of the server's Unix socket, which only its owner may enter.
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '../domain/fault.ts';
import { type Account, giveTo } from './embedded-account.ts';
import { PORT } from './embedded-postmaster.ts';

/** Bytes of a socket's path without its closing NUL: 107 on Linux (unix(7)), 103 on macOS. */
const PATH_LIMIT = process.platform === 'linux' ? 107 : 103;

/** `socket` in the data folder; where that path would be too long, a folder in the temporary one, named after the data folder. */
export function socketFolder(folder: string, account: Account): string {
  const near = join(folder, 'socket');
  if (Buffer.byteLength(join(near, `.s.PGSQL.${PORT}`)) <= PATH_LIMIT) return near;
  return join(tmpdir(), `pixmill-${account.uid}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
}

/**
 * Creates the socket's folder where it is missing.
 * @throws Fault `denied` where somebody else has put something under that name
 */
export async function openSocketFolder(socket: string, account: Account): Promise<void> {
  try {
    await mkdir(socket, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = await lstat(socket);
  if (!found.isDirectory() || (found.uid !== account.uid && found.uid !== process.geteuid?.())) {
    throw new Fault('denied', `${socket} belongs to user ${found.uid}, so it cannot hold the database's socket`, {
      mend: `remove it, or set PIXMILL_DATA to a folder with a short path (under ${PATH_LIMIT - 40} bytes)`,
    });
  }
  await giveTo(account, socket);
  if (found.mode & 0o077) await chmod(socket, 0o700);
}

/** Removes a socket's folder that lies in the temporary one. A server that has come meanwhile keeps it, since it is not empty then. */
export async function removeSocketFolder(folder: string, socket: string): Promise<void> {
  if (dirname(socket) !== folder) await rmdir(socket).catch(() => {});
}
