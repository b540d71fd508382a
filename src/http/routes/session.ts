// GET sign-in, POST sign-out, GET session: how a browser comes in and goes.
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { COOKIE, clearSession, identify, refuseForeign, setSession } from '../authenticate.ts';
import { noticePage } from '../notice-page.ts';
import type { HttpServices } from '../services.ts';
import { session } from '../shapes/token.ts';

/** Attempts of one address in a minute. Secrets cannot be guessed; this keeps the log and the database quiet. */
const ATTEMPTS = { max: 20, timeWindow: 60_000 };

const EXPIRED = noticePage('This sign-in link no longer works', [
  'A link signs in one browser, once, within 24 hours of being made. This one was used, has expired, or was never made here.',
  'Make a new one on the machine that runs Pixmill:',
  { command: 'npx pixmill token link' },
]);

export function sessionRoutes(app: Api, { accounts, environment, version, s3Endpoint }: HttpServices): void {
  app.get(
    '/sign-in',
    {
      config: { rateLimit: ATTEMPTS },
      // Looking at the headers of a link must not use it up.
      exposeHeadRoute: false,
      schema: { hide: true, querystring: z.object({ token: z.string().max(200).default('') }) },
    },
    async (request, reply) => {
      // Nor must a browser that fetches ahead of its user.
      if (`${request.headers['sec-purpose'] ?? request.headers.purpose ?? ''}`.includes('prefetch'))
        return reply.code(503).send();
      const signedIn = await accounts.signIn(request.query.token, request.headers['user-agent'] ?? '');
      if (!signedIn) {
        // Whoever opens their link a second time is in already.
        if (await identify(accounts, request)) return reply.header('cache-control', 'no-store').redirect('/', 303);
        return sendPage(reply.code(410), EXPIRED);
      }
      setSession(request, reply, signedIn.secret, signedIn.expiresAt);
      return reply.header('cache-control', 'no-store').redirect('/', 303);
    },
  );

  app.post(
    '/sign-out',
    { schema: { tags: ['session'], summary: 'Ends the session of this browser', security: [], response: { 204: z.null() } } },
    async (request, reply) => {
      const secret = request.cookies[COOKIE];
      if (secret !== undefined) {
        refuseForeign(request);
        const identity = await accounts.identify('session', secret);
        if (identity) await accounts.revoke(identity.tokenId);
        clearSession(request, reply);
      }
      return reply.code(204).header('cache-control', 'no-store').send(null);
    },
  );

  app.get(
    '/api/v1/session',
    {
      schema: {
        tags: ['session'],
        summary: 'Whether this request is signed in; the one question of the API that strangers may ask',
        security: [],
        response: { 200: session },
      },
    },
    async (request, reply) => {
      const identity = await identify(accounts, request);
      return reply.header('cache-control', 'no-store').send({
        signedIn: identity !== undefined,
        name: identity?.name ?? null,
        hideButton: environment.hideButton,
        version: identity ? version : null,
        s3Endpoint: identity ? s3Endpoint(request.headers.host ?? '') : null,
      });
    },
  );
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply.header('content-type', 'text/html; charset=utf-8').header('cache-control', 'no-store').send(html);
}
