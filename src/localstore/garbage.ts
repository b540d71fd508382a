// Removing files: those that a commit dropped, once nobody reads them any more, and those that a kill left without a row.
import fs from 'node:fs';
import path from 'node:path';
import { type Kysely, sql } from 'kysely';
import type { Log } from '../domain/ports.ts';
import type { Blobs } from './blobs.ts';
import { isMissing, syncFolder, unlink } from './files.ts';
import type { StoreTables } from './tables.ts';

export interface Garbage {
  /** Keeps blobs from being removed while they are read. Undefined where one is condemned already: read the row again. */
  hold(blobs: readonly string[]): (() => void) | undefined;
  /** Removes blobs that a commit dropped, which `store_garbage` names until they are gone. */
  condemn(blobs: readonly string[]): void;
  /** Blobs of a commit with an unknown end: kept until the database says whether a row names them. */
  suspect(blobs: readonly string[]): void;
  /** One pass over everything that may lie about: after a start, and now and then. */
  collect(): Promise<void>;
  /** Ends the timer and forgets in the database what is gone from the disk. */
  close(): Promise<void>;
}

/** A file that is not there any more is as good as removed. */
function missingAsOld(error: unknown): { mtimeMs: number } {
  if (isMissing(error)) return { mtimeMs: 0 };
  throw error;
}

/** Milliseconds between forgetting, and between passes. */
const FORGET_EVERY = 10_000;
const COLLECT_EVERY = 10 * 60 * 1000;

/**
 * @param root the folder that `openBlobs` was given
 * @param grace milliseconds that a file without a row is left alone, for the case that another process is writing it
 */
export function openGarbage(root: string, blobs: Blobs, db: Kysely<StoreTables>, log: Log, grace: number): Garbage {
  const readers = new Map<string, number>();
  const condemned = new Set<string>();
  let suspects: { blob: string; since: number }[] = [];
  const removing = new Set<Promise<void>>();
  let removed: string[] = [];
  const leftOpen = new Set(blobs.leftOpen);

  function remove(blob: string): void {
    const gone = unlinkBlob(blob).finally(() => removing.delete(gone));
    removing.add(gone);
  }

  async function unlinkBlob(blob: string): Promise<void> {
    try {
      await unlink(blobs.path(blob));
    } catch (error) {
      // It stays in store_garbage, and the next start tries again.
      if (!isMissing(error)) log.warn({ err: error, blob }, 'a dropped file of the store cannot be removed');
      if (!isMissing(error)) return;
    }
    condemned.delete(blob);
    removed.push(blob);
  }

  async function forget(): Promise<void> {
    if (removed.length === 0) return;
    const gone = removed;
    removed = [];
    try {
      // Otherwise a loss of power could bring files back that nobody has on a list any more.
      for (const folder of new Set(gone.map((blob) => path.dirname(blob)))) await syncRemovals(folder);
      await sql`DELETE FROM store_garbage WHERE blob = ANY(${gone}::text[])`.execute(db);
    } catch (error) {
      removed.push(...gone);
      log.warn({ err: error }, 'the list of dropped files of the store cannot be shortened');
    }
  }

  async function syncRemovals(folder: string): Promise<void> {
    const bytesFolder = path.join(root, 'blobs');
    await syncFolder(path.join(bytesFolder, folder)).catch((error) => {
      if (!isMissing(error)) throw error;
      return syncFolder(bytesFolder);
    });
  }

  /** Which of these blobs a row names. */
  async function named(names: readonly string[]): Promise<Set<string>> {
    const found = await sql<{ blob: string }>`
      SELECT blob FROM store_object WHERE blob = ANY(${names}::text[])
      UNION ALL
      SELECT blob FROM store_part WHERE blob = ANY(${names}::text[])
      UNION ALL
      SELECT piece ->> 1 FROM store_object, jsonb_array_elements(pieces) AS piece
      WHERE pieces IS NOT NULL AND piece ->> 1 = ANY(${names}::text[])`.execute(db);
    return new Set(found.rows.map((row) => row.blob));
  }

  /** Not at once: a server that we cannot hear may still be committing. */
  async function settleSuspects(): Promise<void> {
    const due = suspects.filter(({ since }) => Date.now() - since >= grace);
    if (due.length === 0) return;
    const names = due.map(({ blob }) => blob);
    const known = await named(names);
    suspects = suspects.filter((suspect) => !due.includes(suspect));
    blobs.settle(names.filter((blob) => known.has(blob)));
    await blobs.discard(names.filter((blob) => !known.has(blob)));
  }

  /** Folders that an earlier process left open. The mark goes when nothing in them is in doubt. */
  async function searchFolder(folder: string): Promise<void> {
    const files = await fs.promises.readdir(path.join(root, 'blobs', folder)).catch((error) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const names = files.map((file) => `${folder}/${file}`);
    const known = names.length === 0 ? new Set<string>() : await named(names);
    let doubtful = 0;
    for (const name of names) {
      if (known.has(name) || condemned.has(name)) continue;
      // A dropped file may go, and be forgotten as dropped, while the folder is searched.
      const { mtimeMs } = await fs.promises.stat(blobs.path(name)).catch(missingAsOld);
      if (Date.now() - mtimeMs < grace) doubtful++;
      else await unlink(blobs.path(name)).catch(missingAsOld);
    }
    if (doubtful > 0) return;
    await syncRemovals(folder);
    await unlink(path.join(root, 'open', folder));
    leftOpen.delete(folder);
  }

  /** Dropped by a process that was killed before it had removed them, or by a commit of which we never heard. */
  async function removeListed(): Promise<void> {
    const listed = await sql<{ blob: string }>`SELECT blob FROM store_garbage`.execute(db);
    const gone = new Set(removed);
    condemnAll(listed.rows.map((row) => row.blob).filter((blob) => !condemned.has(blob) && !gone.has(blob)));
  }

  async function removeEmptyFolders(): Promise<void> {
    for (const folder of await fs.promises.readdir(path.join(root, 'blobs'))) {
      if (fs.existsSync(path.join(root, 'open', folder))) continue;
      await fs.promises.rmdir(path.join(root, 'blobs', folder)).catch(() => {});
    }
  }

  function condemnAll(names: readonly string[]): void {
    for (const blob of names) {
      condemned.add(blob);
      if (!readers.has(blob)) remove(blob);
    }
  }

  const garbage: Garbage = {
    hold(names) {
      if (names.some((blob) => condemned.has(blob))) return undefined;
      for (const blob of names) readers.set(blob, (readers.get(blob) ?? 0) + 1);
      return () => {
        for (const blob of names) {
          const left = (readers.get(blob) ?? 1) - 1;
          if (left > 0) readers.set(blob, left);
          else {
            readers.delete(blob);
            if (condemned.has(blob)) remove(blob);
          }
        }
      };
    },

    condemn: condemnAll,

    suspect(names) {
      const since = Date.now();
      suspects.push(...names.map((blob) => ({ blob, since })));
    },

    async collect() {
      await settleSuspects();
      await removeListed();
      for (const folder of leftOpen) await searchFolder(folder);
      await removeEmptyFolders();
    },

    async close() {
      clearInterval(forgetting);
      clearInterval(collecting);
      await Promise.all(removing);
      // Suspects keep their folders marked: the next start decides.
      await forget();
    },
  };

  const forgetting = setInterval(() => void forget(), FORGET_EVERY);
  const collecting = setInterval(() => {
    garbage.collect().catch((error) => log.warn({ err: error }, 'orphaned files of the store cannot be collected'));
  }, COLLECT_EVERY);
  forgetting.unref();
  collecting.unref();
  return garbage;
}
