// Secrets of tokens: made here, shown once, and known afterwards only by their hash.
import { createHash, randomBytes } from 'node:crypto';

/** What a secret is for stands at its front, so that scanners for leaked secrets can tell. */
const PREFIX = { link: 'pxl_', session: 'pxs_', api: 'pxa_', hook: 'pxh_' } as const;

export type TokenKind = keyof typeof PREFIX;

/** 256 random bits; guessing one is hopeless, so that a plain hash of it may be kept. */
const BYTES = 32;

const SHAPE = /^px[lsah]_[A-Za-z0-9_-]{43}$/;

export function makeSecret(kind: TokenKind): string {
  return PREFIX[kind] + randomBytes(BYTES).toString('base64url');
}

/** SHA-256 in hex; undefined where the text cannot be a secret of this kind, so that nobody is asked about it. */
export function hashSecret(kind: TokenKind, secret: string): string | undefined {
  if (!SHAPE.test(secret) || !secret.startsWith(PREFIX[kind])) return undefined;
  return createHash('sha256').update(secret).digest('hex');
}
