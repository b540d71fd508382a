// The few file system calls of the hot path, in their callback form: half the cost of file handles.
import fs from 'node:fs';
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

/** True for "there is no such file". */
export function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ENOENT';
}
