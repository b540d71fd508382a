// Says whom a request speaks for, and refuses what another site made a browser send.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Accounts, Identity } from '../accounts/accounts.ts';
import { Fault } from '../domain/fault.ts';

export const COOKIE = 'pixmill_session';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that is not open to all. */
    identity: Identity | undefined;
  }
}

/** Whom the request speaks for, by its bearer token or else by its cookie; undefined where nobody is known by it. */
export async function identify(accounts: Accounts, request: FastifyRequest): Promise<Identity | undefined> {
  const { authorization } = request.headers;
  // Whoever shows a token means that one: a wrong one is not mended by a cookie.
  if (authorization !== undefined) {
    const [, secret] = /^Bearer +([^ ]+)$/i.exec(authorization) ?? [];
    return secret === undefined ? undefined : accounts.identify('api', secret);
  }
  const cookie = request.cookies[COOKIE];
  return cookie === undefined ? undefined : accounts.identify('session', cookie);
}

/** A hook that lets a request pass only with a known identity. */
export function requireIdentity(accounts: Accounts) {
  return async (request: FastifyRequest): Promise<void> => {
    request.identity = await identify(accounts, request);
    if (!request.identity) {
      throw new Fault('unauthenticated', 'this needs a sign-in or an API token', {
        mend: 'open a sign-in link ("npx pixmill token link" makes one), or send "Authorization: Bearer <token>"',
      });
    }
    // A browser adds the cookie to what other sites make it send; it never adds a bearer token.
    if (request.identity.kind === 'session') refuseForeign(request);
  };
}

/**
 * Refuses a request that changes something unless the browser says that our own page sent it: by `Sec-Fetch-Site`, or, where
 * the browser leaves that out (plain HTTP to another machine), by `Origin`.
 */
export function refuseForeign(request: FastifyRequest): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  const own = site === undefined ? hasOwnOrigin(request) : site === 'same-origin';
  if (!own) {
    throw new Fault('denied', 'a request with a cookie must come from the page of this server', {
      mend: 'programs send an API token instead of the cookie',
    });
  }
}

function hasOwnOrigin({ headers: { origin, host } }: FastifyRequest): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/**
 * Hands the browser its session. `Secure` is set where the browser came by HTTPS, which only the proxy in front knows; who
 * lies about that spoils nobody's cookie but their own.
 */
export function setSession(request: FastifyRequest, reply: FastifyReply, secret: string, expiresAt: Date): void {
  reply.setCookie(COOKIE, secret, { ...cookieAttributes(request), expires: expiresAt });
}

export function clearSession(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(COOKIE, cookieAttributes(request));
}

function cookieAttributes(request: FastifyRequest) {
  const secure = request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
  return { httpOnly: true, sameSite: 'lax', path: '/', secure } as const;
}
