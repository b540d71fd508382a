// Access keys: made here, kept in the database, cached in memory because every request needs one.
import { randomInt } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { StoreTables } from './tables.ts';

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface Keys {
  /** Undefined for a key that does not exist. A revoked key stops working within 5 seconds. */
  find(accessKeyId: string): Promise<AccessKey | undefined>;
  /** The first key there is; made where there is none. */
  ensureFirst(): Promise<AccessKey>;
}

/** Milliseconds that the cache is believed. */
const FRESH = 5_000;
/** A name that is not there is looked up again at most so often, so that guessing names costs no queries. */
const UNKNOWN_FRESH = 500;

/** @param fresh milliseconds that the cache is believed */
export function openKeys(db: Kysely<StoreTables>, fresh = FRESH): Keys {
  let cache = new Map<string, AccessKey>();
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  async function load(): Promise<void> {
    const rows = await db.selectFrom('store_key').select(['id', 'secret']).execute();
    cache = new Map(rows.map((row) => [row.id, { accessKeyId: row.id, secretAccessKey: row.secret }]));
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

    async ensureFirst() {
      const first = () =>
        db.selectFrom('store_key').select(['id', 'secret']).orderBy('created_at').orderBy('id').executeTakeFirst();
      let row = await first();
      if (!row) {
        await db.insertInto('store_key').values(newKey()).execute();
        row = await first();
        await reload();
      }
      if (!row) throw new Error('the access key that was just made is gone');
      return { accessKeyId: row.id, secretAccessKey: row.secret };
    },
  };
}

const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
// Without the `+` and `/` of AWS: such a secret survives shells, URLs and configuration files unquoted.
const SECRET_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function newKey(): { id: string; secret: string } {
  // Twenty characters, as clients expect. The prefix tells our keys from those of a foreign store (config/env.ts).
  return { id: `PXML${letters(ID_LETTERS, 16)}`, secret: letters(SECRET_LETTERS, 40) };
}

function letters(from: string, count: number): string {
  return Array.from({ length: count }, () => from[randomInt(from.length)]).join('');
}
