// Writing one large blob: gathered into large writes, synced on the way.
import fs from 'node:fs';
import { close, fdatasync, open, writeAll } from './files.ts';
import { release, reserve } from './memory.ts';

/** Bytes gathered before they are written; the smaller one where memory is short. */
const GATHER = 1024 * 1024;
const SMALL_GATHER = 64 * 1024;
/** Bytes after which a large blob is synced on the way, so that its end does not wait for gigabytes of dirty pages. */
const SYNC_EVERY = 32 * 1024 * 1024;

/** A large blob on the way. Call `finish` or `abort` at the end. */
export interface BlobWriter {
  /** The buffer is the writer's from then on. */
  write(bytes: Buffer): Promise<void>;
  /** Makes it durable. @returns its name, which must be settled or discarded */
  finish(): Promise<string>;
  abort(): Promise<void>;
}

/** @param sync makes the folder's names durable @param discard removes the file and its claim */
export function openWriter(name: string, fd: number, sync: () => Promise<void>, discard: () => Promise<void>): BlobWriter {
  // One lot is gathered while another is written.
  const giveBack = reserve(2 * GATHER);
  const enough = giveBack ? GATHER : SMALL_GATHER;
  let gathered: Buffer[] = [];
  let size = 0;
  let sinceSync = 0;
  let closed = false;
  let writing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    const buffers = gathered;
    sinceSync += size;
    gathered = [];
    size = 0;
    await writing;
    const syncNow = sinceSync >= SYNC_EVERY;
    if (syncNow) sinceSync = 0;
    writing = writeAll(fd, buffers).then(() => {
      for (const buffer of buffers) release(buffer);
      return syncNow ? fdatasync(fd) : undefined;
    });
    // The next call meets the failure.
    writing.catch(() => {});
  }

  /** Once only: the number may be another file's by the next time. */
  async function shut(): Promise<void> {
    if (closed) return;
    closed = true;
    giveBack?.();
    await close(fd);
  }

  return {
    async write(bytes) {
      gathered.push(bytes);
      size += bytes.length;
      if (size >= enough) await flush();
    },
    async finish() {
      await flush();
      await writing;
      await fdatasync(fd);
      await shut();
      await sync();
      return name;
    },
    async abort() {
      await writing.catch(() => {});
      await shut().catch(() => {});
      await discard();
    },
  };
}

/** For file systems that have no hard links. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await fs.promises.copyFile(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);
  const fd = await open(to, 'r+');
  try {
    await fdatasync(fd);
  } finally {
    await close(fd);
  }
}
