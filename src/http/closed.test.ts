import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer } from '../../test/http-server.ts';
import { describeApi } from './describe-api.ts';

/** Those that take events have senders of their own: `routes/hooks.test.ts`. */
const HOOKS = ['/hooks/events', '/events/cos', '/events/cron', '/'];
const OPEN = ['/healthz', '/readyz', '/sign-out', '/api/v1/session', ...HOOKS];

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

const { paths } = (await describeApi('0')) as { paths: Record<string, Record<string, object>> };
const routes = Object.entries(paths)
  .filter(([path]) => !OPEN.includes(path))
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ path: path.replace('{id}', '1'), method })));

describe('every route of the API is closed', () => {
  assert.ok(routes.length >= 22, 'the description lists the routes');
  for (const { path, method } of [
    ...routes,
    { path: '/api/openapi.json', method: 'get' },
    { path: '/api/docs', method: 'get' },
    { path: '/api/docs/static/swagger-ui-bundle.js', method: 'get' },
    { path: '/api/docs/json', method: 'get' },
  ]) {
    const request = { method: method.toUpperCase() as 'GET' | 'HEAD', url: path };
    test(`${request.method} ${path} without a token is 401, and says how to come in`, async () => {
      const answer = await server.app.inject(request);
      assert.equal(answer.statusCode, 401);
      assert.match(answer.headers['content-type'] as string, /^application\/problem\+json/);
      assert.match(answer.headers['www-authenticate'] as string, /^Bearer/);
      if (request.method === 'HEAD') return;
      assert.equal(answer.json().code, 'unauthenticated');
      assert.match(answer.json().mend, /npx pixmill token link/);
    });
    test(`${request.method} ${path} with a token that was never made is 401`, async () => {
      const authorization = `Bearer pxa_${'A'.repeat(43)}`;
      assert.equal((await server.app.inject({ ...request, headers: { authorization } })).statusCode, 401);
    });
  }
});

test('a session secret is no bearer token, a token no cookie, and a link neither', async () => {
  const cookie = await server.signIn();
  const session = cookie.slice(cookie.indexOf('=') + 1);
  const { secret: link } = await server.services.accounts.createLink();
  for (const headers of [
    { authorization: `Bearer ${session}` },
    { authorization: `Bearer ${link}` },
    { cookie: `pixmill_session=${server.token}` },
    { cookie: `pixmill_session=${link}` },
    { authorization: `Basic ${server.token}` },
    { authorization: server.token },
  ]) {
    assert.equal((await server.app.inject({ url: '/api/v1/stats', headers })).statusCode, 401, JSON.stringify(headers));
  }
});

test('a wrong bearer token is not mended by a good cookie', async () => {
  const headers = { cookie: await server.signIn(), authorization: 'Bearer nonsense' };
  assert.equal((await server.app.inject({ url: '/api/v1/stats', headers })).statusCode, 401);
});

test('an expired and a revoked token are closed out', async () => {
  const { accounts, db } = server.services;
  const expiring = await accounts.createApiToken('short', new Date(Date.now() + 60_000));
  const use = (secret: string) => server.app.inject({ url: '/api/v1/stats', headers: { authorization: `Bearer ${secret}` } });
  assert.equal((await use(expiring.secret)).statusCode, 200);
  await db
    .updateTable('token')
    .set({ expires_at: new Date(Date.now() - 1) })
    .where('id', '=', expiring.id)
    .execute();
  assert.equal((await use(expiring.secret)).statusCode, 401);

  const revoked = await accounts.createApiToken('revoked');
  assert.equal((await server.api('DELETE', `/tokens/${revoked.id}`)).statusCode, 204);
  assert.equal((await use(revoked.secret)).statusCode, 401);
});
