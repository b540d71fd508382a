// Access keys as they are handed out: made with rights, listed, revoked.
import { randomInt } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { Fault } from '../domain/fault.ts';
import type { AccessKeys, BucketRights } from '../domain/ports.ts';
import { isBucketName } from './address.ts';
import type { Credentials, Keys } from './keys.ts';
import { EVERY_BUCKET } from './rights.ts';
import type { StoreTables } from './tables.ts';

export interface OwnAccessKeys extends AccessKeys {
  /** The first key there is that may do everything; made where there is none. It cannot be revoked. */
  ensureFirst(): Promise<Credentials>;
}

/** All of them are held in memory. */
const MAX_KEYS = 1000;

/** @param keys told of each change */
export function openAccessKeys(db: Kysely<StoreTables>, keys: Pick<Keys, 'forget'>): OwnAccessKeys {
  async function findFirst(): Promise<Credentials | undefined> {
    const { rows } = await sql<{ id: string; secret: string }>`${FIRST}`.execute(db);
    return rows[0] && { accessKeyId: rows[0].id, secretAccessKey: rows[0].secret };
  }

  return {
    async list() {
      const rows = await db
        .selectFrom('store_access_key')
        .select(['id', 'name', 'rights', 'created_at as createdAt', 'last_used_at as lastUsedAt'])
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(({ rights, ...row }) => ({ ...row, rights: rights ?? 'everything' }));
    },

    async create(name, rights) {
      const checked = checkRights(name, rights);
      const { id, secret } = newKey();
      const { rows } = await sql`
        INSERT INTO store_access_key (id, secret, name, rights)
        SELECT ${id}, ${secret}, ${name}, ${JSON.stringify(checked)}::jsonb
        WHERE (SELECT count(*) FROM store_access_key) < ${MAX_KEYS}
        RETURNING id`.execute(db);
      if (rows.length === 0) {
        throw new Fault('conflict', `there are ${MAX_KEYS} access keys already`, { mend: 'revoke those that nobody uses' });
      }
      keys.forget();
      return { id, secret, rights: checked };
    },

    async revoke(id) {
      const { rows } = await sql`
        DELETE FROM store_access_key
        WHERE id = ${id} AND id IS DISTINCT FROM (SELECT id FROM (${FIRST}) AS first)
        RETURNING id`.execute(db);
      if (rows.length > 0) {
        keys.forget();
        return;
      }
      if ((await findFirst())?.accessKeyId === id) {
        throw new Fault('conflict', `access key ${id} is the one by which Pixmill itself reaches its store`, {
          mend: 'give others keys of their own ("pixmill access-key create"), and revoke those',
        });
      }
      throw new Fault('not_found', `there is no access key "${id}"`, { mend: 'look at the list of access keys' });
    },

    async ensureFirst() {
      const there = await findFirst();
      if (there) return there;
      await db
        .insertInto('store_access_key')
        .values({ ...newKey(), name: 'Pixmill itself', rights: null, last_used_at: null })
        .execute();
      keys.forget();
      const made = await findFirst();
      if (!made) throw new Error('the access key that was just made is gone');
      return made;
    },
  };
}

const FIRST = sql`SELECT id, secret FROM store_access_key WHERE rights IS NULL ORDER BY created_at, id LIMIT 1`;

/** Each bucket once. */
function checkRights(name: string, { read, write }: BucketRights): BucketRights {
  const checked = { read: [...new Set(read)], write: [...new Set(write)] };
  const buckets = [...checked.read, ...checked.write];
  if (buckets.length === 0) {
    throw new Fault('invalid', `access key "${name}" would have no right in any bucket`, {
      mend: `name the buckets that it may read, or write; "${EVERY_BUCKET}" is every bucket`,
    });
  }
  const odd = buckets.find((bucket) => bucket !== EVERY_BUCKET && !isBucketName(bucket));
  if (odd !== undefined) {
    throw new Fault('invalid', `"${odd}" cannot be the name of a bucket`, {
      mend: `use 3 to 63 lower-case letters, digits, dots, hyphens and underscores, or "${EVERY_BUCKET}" for every bucket`,
    });
  }
  return checked;
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
