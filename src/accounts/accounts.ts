// Who may come in: one-time links become sessions, API tokens speak for programs, and hook tokens for whoever sends events.
import { Fault } from '../domain/fault.ts';
import { hashSecret, makeSecret, type TokenKind } from './secret.ts';

const HOUR_MS = 3_600_000;
/** A sign-in link is good for a day and for one use. */
const LINK_MS = 24 * HOUR_MS;
const SESSION_MS = 30 * 24 * HOUR_MS;

/** The names that browsers give themselves are long. */
const MAX_NAME = 200;

/** Whom a request speaks for. */
export interface Identity {
  tokenId: number;
  kind: HeldKind;
  name: string;
}

/** What is shown again and again; a link is used up. A hook token is good for sending events, and for nothing else. */
type HeldKind = 'session' | 'api' | 'hook';

interface HeldToken {
  id: number;
  kind: TokenKind;
  name: string;
  createdAt: Date;
  expiresAt: Date | null;
  usedAt: Date | null;
}

/** Where tokens are kept: the ledger does. */
export interface TokenBook {
  add(token: { kind: TokenKind; name: string; hash: string; expiresAt: Date | undefined }): Promise<number>;
  /** Uses up the link with this hash, unless it was used or has expired, and adds the session: both or neither. */
  exchange(
    linkHash: string,
    session: { kind: TokenKind; name: string; hash: string; expiresAt: Date | undefined },
  ): Promise<boolean>;
  find(kind: HeldKind, hash: string): Promise<HeldToken | undefined>;
  list(): Promise<HeldToken[]>;
  hasSession(): Promise<boolean>;
  remove(id: number): Promise<boolean>;
}

export interface MadeToken {
  id: number;
  /** Shown once, kept nowhere. */
  secret: string;
  name: string;
  expiresAt: Date | undefined;
}

export interface Accounts {
  /** A secret that signs somebody in, once, within a day. */
  createLink(): Promise<MadeToken>;
  /** @param expiresAt never, where undefined */
  createApiToken(name: string, expiresAt?: Date): Promise<MadeToken>;
  /** As above. @param name of the sender, as history shows it */
  createHookToken(name: string, expiresAt?: Date): Promise<MadeToken>;
  /** Turns a link into a session. Undefined where it was used, has expired, or never was. */
  signIn(linkSecret: string, agent: string): Promise<{ secret: string; expiresAt: Date } | undefined>;
  identify(kind: HeldKind, secret: string): Promise<Identity | undefined>;
  list(): Promise<HeldToken[]>;
  /** Whether anybody is signed in anywhere. */
  hasSession(): Promise<boolean>;
  /** @throws Fault `not_found` */
  revoke(id: number): Promise<void>;
}

export function openAccounts(book: TokenBook): Accounts {
  const create = async (kind: 'link' | 'api' | 'hook', name: string, expiresAt: Date | undefined): Promise<MadeToken> => {
    const { secret, hash } = freshSecret(kind);
    return { id: await book.add({ kind, name, hash, expiresAt }), secret, name, expiresAt };
  };
  const createNamed = async (kind: 'api' | 'hook', name: string, expiresAt: Date | undefined): Promise<MadeToken> => {
    if (expiresAt && expiresAt.getTime() <= Date.now()) {
      throw new Fault('invalid', `token "${name}" would have expired at ${expiresAt.toISOString()}`, {
        mend: 'name a time to come, or none',
      });
    }
    return create(kind, name.slice(0, MAX_NAME), expiresAt);
  };

  return {
    createLink: () => create('link', 'sign-in link', new Date(Date.now() + LINK_MS)),
    createApiToken: (name, expiresAt) => createNamed('api', name, expiresAt),
    createHookToken: (name, expiresAt) => createNamed('hook', name, expiresAt),
    async signIn(linkSecret, agent) {
      const linkHash = hashSecret('link', linkSecret);
      if (linkHash === undefined) return undefined;
      const { secret, hash } = freshSecret('session');
      const expiresAt = new Date(Date.now() + SESSION_MS);
      const name = agent.slice(0, MAX_NAME) || 'a browser';
      const signedIn = await book.exchange(linkHash, { kind: 'session', name, hash, expiresAt });
      return signedIn ? { secret, expiresAt } : undefined;
    },
    async identify(kind, secret) {
      const hash = hashSecret(kind, secret);
      const held = hash === undefined ? undefined : await book.find(kind, hash);
      return held && { tokenId: held.id, kind, name: held.name };
    },
    list: () => book.list(),
    hasSession: () => book.hasSession(),
    async revoke(id) {
      if (!(await book.remove(id)))
        throw new Fault('not_found', `there is no token ${id}`, { mend: 'look at the list of tokens' });
    },
  };
}

function freshSecret(kind: TokenKind): { secret: string; hash: string } {
  const secret = makeSecret(kind);
  return { secret, hash: hashSecret(kind, secret) as string };
}
