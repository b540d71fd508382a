// Tokens: sign-in links, sessions, API tokens and hook tokens, each by the hash of its secret.
import { type Kysely, sql } from 'kysely';
import type { Ledger, TokenTable } from './schema.ts';

export interface NewToken {
  kind: TokenTable['kind'];
  name: string;
  /** SHA-256 of the secret in hex. */
  hash: string;
  /** Undefined never expires. */
  expiresAt: Date | undefined;
}

export interface KnownToken {
  id: number;
  kind: TokenTable['kind'];
  name: string;
  createdAt: Date;
  expiresAt: Date | null;
  usedAt: Date | null;
}

/** The table of tokens as accounts use it. */
export function openTokens(db: Kysely<Ledger>) {
  return {
    /** Adds a token, and clears out those that expired more than a day ago. */
    async add({ kind, name, hash, expiresAt }: NewToken): Promise<number> {
      await sql`DELETE FROM token WHERE expires_at < now() - interval '1 day'`.execute(db);
      const { id } = await db
        .insertInto('token')
        .values({ kind, name, hash, expires_at: expiresAt ?? null, used_at: null })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },
    /** Uses a link up and adds a session in its place: in one statement, so that of two at once one wins. */
    async exchange(linkHash: string, session: NewToken): Promise<boolean> {
      const { rows } = await sql`
        WITH used AS (
          UPDATE token SET used_at = now()
          WHERE kind = 'link' AND hash = ${linkHash} AND used_at IS NULL AND expires_at > now() RETURNING id
        )
        INSERT INTO token (kind, name, hash, expires_at)
        SELECT ${session.kind}, ${session.name}, ${session.hash}, ${session.expiresAt ?? null} FROM used
        RETURNING id`.execute(db);
      return rows.length === 1;
    },
    /** The session or token with this hash, unless it has expired. Remembers its use, to the minute. */
    async find(kind: 'session' | 'api' | 'hook', hash: string): Promise<KnownToken | undefined> {
      const found = await selectTokens(db)
        .where('kind', '=', kind)
        .where('hash', '=', hash)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
        .executeTakeFirst();
      if (found && (found.usedAt === null || Date.now() - found.usedAt.getTime() > 60_000)) {
        await sql`UPDATE token SET used_at = now() WHERE id = ${found.id}`.execute(db);
      }
      return found;
    },
    /** Newest first; links that were used up or have expired are left out. */
    async list(): Promise<KnownToken[]> {
      return selectTokens(db)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
        .where((eb) => eb.or([eb('kind', '<>', 'link'), eb('used_at', 'is', null)]))
        .orderBy('id', 'desc')
        .limit(1000)
        .execute();
    },
    async hasSession(): Promise<boolean> {
      const { rows } = await sql`SELECT FROM token WHERE kind = 'session' AND expires_at > now() LIMIT 1`.execute(db);
      return rows.length > 0;
    },
    /** @returns false where there is no such token */
    async remove(id: number): Promise<boolean> {
      const { numDeletedRows } = await db.deleteFrom('token').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

function selectTokens(db: Kysely<Ledger>) {
  return db
    .selectFrom('token')
    .select(['id', 'kind', 'name', 'created_at as createdAt', 'expires_at as expiresAt', 'used_at as usedAt']);
}
