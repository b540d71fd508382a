// GET, POST and DELETE tokens.
import { z } from 'zod';
import type { Accounts, MadeToken } from '../../accounts/accounts.ts';
import type { Api } from '../api.ts';
import type { HttpServices } from '../services.ts';
import { idInPath } from '../shapes/common.ts';
import { madeToken, newToken, tokenList } from '../shapes/token.ts';

const tags = ['tokens'];

export function tokenRoutes(app: Api, { accounts }: HttpServices): void {
  app.get(
    '/tokens',
    { schema: { tags, summary: 'Sessions, tokens and unused links, newest first', response: { 200: tokenList } } },
    async ({ identity }) => {
      const held = await accounts.list();
      return {
        items: held.map(({ createdAt, expiresAt, usedAt, ...token }) => ({
          ...token,
          createdAt: createdAt.toISOString(),
          expiresAt: expiresAt?.toISOString() ?? null,
          usedAt: usedAt?.toISOString() ?? null,
          current: token.id === identity?.tokenId,
        })),
      };
    },
  );

  app.post(
    '/tokens',
    {
      schema: {
        tags,
        summary: 'Makes an API token, a hook token, or a sign-in link; the secret is in this answer and nowhere else',
        body: newToken,
        response: { 201: madeToken },
      },
    },
    async ({ body }, reply) => {
      const made = await make(accounts, body);
      const { id, name, secret, expiresAt } = made;
      const path = body.kind === 'link' ? signInPath(secret) : null;
      return reply.code(201).send({ id, kind: body.kind, name, secret, expiresAt: expiresAt?.toISOString() ?? null, path });
    },
  );

  app.delete(
    '/tokens/:id',
    {
      schema: {
        tags,
        summary: 'Ends a session, or revokes a token or a link, at once',
        params: idInPath,
        response: { 204: z.null() },
      },
    },
    async ({ params: { id } }, reply) => {
      await accounts.revoke(id);
      return reply.code(204).send(null);
    },
  );
}

function make(accounts: Accounts, asked: z.output<typeof newToken>): Promise<MadeToken> {
  if (asked.kind === 'link') return accounts.createLink();
  const expiresAt = asked.expiresAt === undefined ? undefined : new Date(asked.expiresAt);
  return asked.kind === 'api' ? accounts.createApiToken(asked.name, expiresAt) : accounts.createHookToken(asked.name, expiresAt);
}

/** Where on this server a link's secret signs in. */
function signInPath(secret: string): string {
  return `/sign-in?token=${secret}`;
}
