// The few file system calls of the hot path, in their callback form (half the cost of file handles), and syncing folders.
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

export const open = promisify(fs.open) as (path: string, flags: string | number, mode?: number) => Promise<number>;
export const close = promisify(fs.close);
export const fdatasync = promisify(fs.fdatasync);
export const fsync = promisify(fs.fsync);
export const unlink = promisify(fs.unlink);
export const link = promisify(fs.link);

/** Writes all of the buffers in order; the kernel may take them in several goes. */
export function writeAll(fd: number, buffers: Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = buffers;
    const next = () => {
      fs.writev(fd, rest, (error, written) => {
        if (error) return reject(error);
        rest = skip(rest, written);
        if (rest.length === 0) resolve();
        else next();
      });
    };
    if (rest.length === 0) resolve();
    else next();
  });
}

function skip(buffers: Buffer[], bytes: number): Buffer[] {
  let left = bytes;
  let at = 0;
  for (let buffer = buffers[at]; buffer && left >= buffer.length; buffer = buffers[++at]) left -= buffer.length;
  const rest = buffers.slice(at);
  if (left > 0 && rest[0]) rest[0] = rest[0].subarray(left);
  return rest;
}

/** Fills `buffer` from `position` on. @returns how many bytes there were: fewer only at the end of the file */
export function readFully(fd: number, buffer: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let filled = 0;
    const next = () => {
      fs.read(fd, buffer, filled, buffer.length - filled, position + filled, (error, count) => {
        if (error) return reject(error);
        filled += count;
        if (count === 0 || filled === buffer.length) resolve(filled);
        else next();
      });
    };
    next();
  });
}

/** Makes what was created in a folder, or removed from it, durable. */
export async function syncFolder(folder: string): Promise<void> {
  const fd = await open(folder, 'r');
  try {
    await fsync(fd);
  } finally {
    await close(fd);
  }
}

/** Creates a folder with all that is missing above it. A file in it is as durable as the names of all of these. */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  const whole = path.resolve(folder);
  const first = await fs.promises.mkdir(whole, { recursive: true, mode });
  for (let made = whole; ; made = path.dirname(made)) {
    // One that was there already may be closed to us; but a start that was killed may have made the last one without syncing.
    await syncFolder(path.dirname(made)).catch((error) => {
      if (first !== undefined || error.code !== 'EACCES') throw error;
    });
    if (first === undefined || made === path.resolve(first)) return;
  }
}

/** True for "there is no such file". */
export function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ENOENT';
}
