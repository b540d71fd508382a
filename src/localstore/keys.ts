// The access keys that requests are proven with: cached in memory because every request needs one.
import type { Kysely } from 'kysely';
import type { BucketRights, Log } from '../domain/ports.ts';
import type { Rights } from './rights.ts';
import type { StoreTables } from './tables.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface AccessKey extends Credentials {
  rights: Rights;
}

export interface Keys {
  /** Undefined for a key that does not exist. A key that another process revoked stops working within 5 seconds. */
  find(accessKeyId: string): Promise<AccessKey | undefined>;
  /** Remembers that somebody has proven to hold the key: in the background, and once a minute at most. */
  noteUse(accessKeyId: string): void;
  /** Call it when keys were made or revoked: whoever asks from now on gets what is committed by now. */
  forget(): void;
  /** Waits for what is still being written. */
  close(): Promise<void>;
}

/** Milliseconds that the cache is believed. */
const FRESH = 5_000;
/** A name that is not there is looked up again at most so often, so that guessing names costs no queries. */
const UNKNOWN_FRESH = 500;
/** Milliseconds between two notes of when a key was last used. */
const NOTED = 60_000;

interface Cached extends AccessKey {
  /** Milliseconds; 0 where it never was. */
  lastUsedAt: number;
}

/** @param fresh milliseconds that the cache is believed */
export function openKeys(db: Kysely<StoreTables>, log: Log, fresh = FRESH): Keys {
  let cache = new Map<string, Cached>();
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;
  let forgotten = 0;
  const noting = new Set<Promise<unknown>>();

  async function load(): Promise<void> {
    let before: number;
    do {
      before = forgotten;
      const rows = await db.selectFrom('store_access_key').select(['id', 'secret', 'rights', 'last_used_at']).execute();
      cache = new Map(
        rows.map((row) => [
          row.id,
          {
            accessKeyId: row.id,
            secretAccessKey: row.secret,
            rights: readRights(row.rights),
            lastUsedAt: row.last_used_at?.getTime() ?? 0,
          },
        ]),
      );
      // It may have been read before the change that was told of meanwhile.
    } while (before !== forgotten);
    loadedAt = performance.now();
  }

  async function reload(): Promise<void> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    await loading;
  }

  return {
    async find(accessKeyId) {
      if (performance.now() - loadedAt > fresh) await reload();
      const found = cache.get(accessKeyId);
      if (found || performance.now() - loadedAt < Math.min(fresh, UNKNOWN_FRESH)) return found;
      await reload();
      return cache.get(accessKeyId);
    },

    noteUse(accessKeyId) {
      const key = cache.get(accessKeyId);
      const now = Date.now();
      if (!key || now - key.lastUsedAt < NOTED) return;
      key.lastUsedAt = now;
      const noted = db
        .updateTable('store_access_key')
        .set({ last_used_at: new Date(now) })
        .where('id', '=', accessKeyId)
        .execute()
        .catch((error: unknown) => log.warn({ err: error, accessKey: accessKeyId }, 'the use of an access key was not noted'))
        .finally(() => noting.delete(noted));
      noting.add(noted);
    },

    forget() {
      forgotten++;
      loadedAt = Number.NEGATIVE_INFINITY;
    },

    async close() {
      await Promise.all(noting);
    },
  };
}

function readRights(kept: BucketRights | null): Rights {
  return kept === null ? 'everything' : { read: new Set(kept.read), write: new Set(kept.write) };
}
