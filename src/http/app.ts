// Puts the server together: plugins, hooks, and every route.
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { routeFor, varyByAccept } from './alike.ts';
import { type Api, apiRoutes } from './api.ts';
import { requireIdentity } from './authenticate.ts';
import { refuseBroken } from './broken-request.ts';
import { problemOf, sendFault, sendProblem } from './faults.ts';
import type { FeedHub } from './feed-hub.ts';
import { securityHeaders } from './headers.ts';
import { describeWith } from './openapi.ts';
import { pageRoutes } from './page.ts';
import { healthRoutes } from './routes/health.ts';
import { hookRoutes } from './routes/hooks.ts';
import { sessionRoutes } from './routes/session.ts';
import type { HttpServices } from './services.ts';

/** Bytes of a JSON body; no request of the API comes near. */
const BODY_LIMIT = 1_000_000;
/** A request must have arrived within so many milliseconds, its body included: 100 MB take that long at 13 Mbit/s. */
const REQUEST_MS = 60_000;
/** Requests of one address in a minute: a page of pictures makes hundreds, a runaway loop makes more. */
const REQUESTS = {
  max: 6000,
  timeWindow: 60_000,
  // Only whoever is over the limit need know of it.
  addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
};

/** The browser of the API marks its parts with inline styles; it loads nothing from elsewhere. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Builds the server; it listens to nothing yet. */
export async function buildApp(services: HttpServices, hub: FeedHub): Promise<Api> {
  const { log, metrics, accounts, version } = services;
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    http: { connectionsCheckingInterval: 5000 },
    forceCloseConnections: 'idle',
    // Whoever stands in front may say anything about where a request came from.
    trustProxy: false,
    genReqId: () => crypto.randomUUID(),
    rewriteUrl: routeFor,
    clientErrorHandler: refuseBroken,
    frameworkErrors: (error, request, reply) => sendFault(log, error, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => sendFault(log, error, request, reply));
  app.decorateRequest('identity', undefined);

  // The pattern of the route and not its address, which may hold a sign-in secret.
  app.addHook('onResponse', async ({ id, method, routeOptions, identity }, reply) => {
    const route = routeOptions.url ?? 'none';
    const seconds = reply.elapsedTime / 1000;
    metrics.answered(method, route, reply.statusCode, seconds);
    const line = {
      request: id,
      method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      token: identity?.tokenId,
    };
    log.debug(line, 'request');
  });

  await app.register(helmet, securityHeaders(services.s3Endpoint));
  await app.register(rateLimit, REQUESTS);
  await app.register(cookie);
  await app.register(swagger, describeWith(version));
  varyByAccept(app);
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) => {
    sendProblem(reply, problemOf(404, 'not_found', 'there is nothing at this address', 'look at /api/docs'));
  });

  healthRoutes(app, services);
  sessionRoutes(app, services);
  hookRoutes(app, services);
  await app.register(async (scope: Api) => apiRoutes(scope, services, hub), { prefix: '/api/v1' });
  await app.register(async (scope: Api) => {
    scope.addHook('onRequest', requireIdentity(accounts));
    scope.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
    await scope.register(swaggerUi, {
      routePrefix: '/api/docs',
      staticCSP: DOCS_POLICY,
      uiConfig: { layout: 'BaseLayout' },
      theme: { title: 'Pixmill API' },
    });
  });
  await app.register(async (scope: Api) => pageRoutes(scope, services.webFolder));
  return app;
}
