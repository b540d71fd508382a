// The files that hold the bytes. Names are ours: a folder's number and a random part. A file is seen by readers only through
// a row of the index, so it can be written in place; what a kill leaves without a row lies in a folder that is marked open.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type BlobWriter, copyDurably, openWriter } from './blob-writer.ts';
import { close, fdatasync, fsync, isMissing, link, makeFolder, open, syncFolder, unlink, writeAll } from './files.ts';

/** After so many blobs the next go into a new folder. */
const FOLDER_SIZE = 4096;
const { O_CREAT, O_EXCL, O_WRONLY, O_DSYNC } = fs.constants;
/** Opens so that a write returns when it is on the disk: one call less than writing and syncing. Linux means it, others may not. */
const WRITE_THROUGH = process.platform === 'linux' ? O_CREAT | O_EXCL | O_WRONLY | O_DSYNC : undefined;

interface Folder {
  name: string;
  fd: number;
  given: number;
  /** Blobs that no row names yet: written, or on the way. */
  unsettled: number;
  sealed: boolean;
  sync(): Promise<void>;
}

export interface Blobs {
  /** Writes a small blob and makes it durable. @returns its name, which must be settled or discarded */
  write(buffers: Buffer[]): Promise<string>;
  create(): Promise<BlobWriter>;
  /** A second name for the same bytes, durable; the caller holds the first. */
  link(blob: string): Promise<string>;
  /** Says that a committed row names them now. */
  settle(blobs: readonly string[]): void;
  /** Removes blobs that no row names, and never will. */
  discard(blobs: readonly string[]): Promise<void>;
  path(blob: string): string;
  /** Folders in which a process before this one may have left files without a row. */
  readonly leftOpen: readonly string[];
  /** Removes the marks of folders in which nothing is on the way. */
  close(): Promise<void>;
}

/** Opens the folder, creating it where it is missing; new blobs go into a new folder at every start. */
export async function openBlobs(root: string): Promise<Blobs> {
  const bytesFolder = path.join(root, 'blobs');
  const marksFolder = path.join(root, 'open');
  for (const each of [root, bytesFolder, marksFolder]) await makeFolder(each);
  const leftOpen = await fs.promises.readdir(marksFolder);
  const numbers = [...(await fs.promises.readdir(bytesFolder)), ...leftOpen];
  let last = numbers.reduce((highest, name) => Math.max(highest, Number.parseInt(name, 16) || 0), 0);
  const folders = new Map<string, Folder>();
  /** Folders on the way out. */
  const leaving = new Set<Promise<void>>();
  let closed = false;

  async function nextFolder(): Promise<Folder> {
    last++;
    const name = last.toString(16).padStart(6, '0');
    // The mark first: without it nobody would look for what a kill leaves in the folder.
    await close(await open(path.join(marksFolder, name), 'wx', 0o600));
    await syncFolder(marksFolder);
    await fs.promises.mkdir(path.join(bytesFolder, name), { mode: 0o700 });
    await syncFolder(bytesFolder);
    const fd = await open(path.join(bytesFolder, name), 'r');
    const folder: Folder = { name, fd, given: 0, unsettled: 0, sealed: false, sync: shared(() => fsync(fd)) };
    folders.set(name, folder);
    return folder;
  }

  let current = nextFolder();
  await current;

  /** The folder that the next blob goes into. Where making it has failed, the next who asks tries again. */
  function openFolder(): Promise<Folder> {
    const asked = current;
    return asked.catch(() => {
      if (current === asked) current = nextFolder();
      return current;
    });
  }

  async function take(): Promise<{ folder: Folder; name: string }> {
    let folder = await openFolder();
    while (folder.sealed && !closed) folder = await openFolder();
    if (closed) throw new Error('the store is closed');
    folder.given++;
    folder.unsettled++;
    if (folder.given >= FOLDER_SIZE) {
      folder.sealed = true;
      current = nextFolder();
      // Whoever takes next meets the failure; it must not end the process before.
      current.catch(() => {});
    }
    return { folder, name: `${folder.name}/${randomBytes(9).toString('hex')}` };
  }

  function release(blobs: readonly string[]): void {
    for (const blob of blobs) {
      const folder = folders.get(blob.slice(0, blob.indexOf('/')));
      if (!folder) continue;
      folder.unsettled--;
      if (folder.sealed && folder.unsettled === 0) leave(folder);
    }
  }

  function leave(folder: Folder): void {
    folders.delete(folder.name);
    const left = unmark(folder)
      // A mark that stays costs one look at the next start.
      .catch(() => {})
      .finally(() => leaving.delete(left));
    leaving.add(left);
  }

  async function unmark(folder: Folder): Promise<void> {
    // What was discarded must be gone for good before nobody looks for it.
    await folder.sync().finally(() => close(folder.fd));
    await unlink(path.join(marksFolder, folder.name));
  }

  const pathOf = (blob: string) => path.join(bytesFolder, blob);

  const blobs: Blobs = {
    path: pathOf,
    leftOpen,

    async write(buffers) {
      const { folder, name } = await take();
      try {
        const fd = await open(pathOf(name), WRITE_THROUGH ?? 'wx', 0o600);
        try {
          await writeAll(fd, buffers);
          if (WRITE_THROUGH === undefined) await fdatasync(fd);
        } finally {
          // Nothing is left to write: this does not wait.
          fs.closeSync(fd);
        }
        await folder.sync();
        return name;
      } catch (error) {
        await blobs.discard([name]);
        throw error;
      }
    },

    async create() {
      const { folder, name } = await take();
      try {
        return openWriter(name, await open(pathOf(name), 'wx', 0o600), folder.sync, () => blobs.discard([name]));
      } catch (error) {
        release([name]);
        throw error;
      }
    },

    async link(blob) {
      const { folder, name } = await take();
      try {
        // File systems without hard links, or with no more of them for this file, get a copy.
        await link(pathOf(blob), pathOf(name)).catch(() => copyDurably(pathOf(blob), pathOf(name)));
        await folder.sync();
        return name;
      } catch (error) {
        await blobs.discard([name]);
        throw error;
      }
    },

    settle: release,

    async discard(names) {
      await Promise.all(
        names.map(async (name) => {
          const kept = await unlink(pathOf(name)).then(
            () => false,
            (error) => !isMissing(error),
          );
          // What cannot be removed now keeps its folder marked, and the next start tries again.
          if (!kept) release([name]);
        }),
      );
    },

    async close() {
      closed = true;
      const open = [...folders.values()];
      for (const folder of open) folder.sealed = true;
      await Promise.all(open.map((folder) => (folder.unsettled === 0 ? leave(folder) : close(folder.fd))));
      await Promise.all(leaving);
    },
  };
  return blobs;
}

/** Callers while one run is under way share the next one, which begins after all of them asked. */
function shared(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = () => {
    running = run().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (!running) return begin();
    next ??= running.then(
      () => {
        next = undefined;
        return begin();
      },
      () => {
        next = undefined;
        return begin();
      },
    );
    return next;
  };
}
