import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startTestServer } from '../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
let cookie: string;
before(async () => {
  server = await startTestServer();
});
beforeEach(async () => {
  cookie = await server.signIn();
});
after(() => server.stop());

const change = (headers: Record<string, string>) =>
  server.app.inject({
    method: 'POST',
    url: '/api/v1/failures/redrive',
    headers: { host: 'pix.example:8080', ...headers },
    payload: { all: true },
  });

test('the page’s own requests may change things', async () => {
  for (const headers of [
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'http://pix.example:8080' },
    { origin: 'https://pix.example:8080' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://outside.example' },
  ]) {
    assert.equal((await change({ cookie, ...headers })).statusCode, 200, JSON.stringify(headers));
  }
});

test('what another site made the browser send with our cookie is refused', async () => {
  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://pix.example' },
    { origin: 'http://pix.example:8080.evil.example' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://pix.example:8080' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { referer: 'http://pix.example:8080/' },
  ] as Record<string, string>[]) {
    const answer = await change({ cookie, ...headers });
    assert.equal(answer.statusCode, 403, JSON.stringify(headers));
    assert.equal(answer.json().code, 'denied');
  }
});

test('a bearer token needs no origin: no browser adds it by itself', async () => {
  assert.equal((await change({ ...server.bearer, origin: 'https://evil.example' })).statusCode, 200);
});

test('reading with a cookie needs no origin either', async () => {
  assert.equal((await server.app.inject({ url: '/api/v1/stats', headers: { cookie } })).statusCode, 200);
});

test('no other origin is ever let in by CORS', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  const answer = await server.app.inject({ method: 'OPTIONS', url: '/api/v1/failures/redrive', headers });
  assert.ok(answer.statusCode >= 400);
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
});

test('signing out ends the session at the server, and only our own page can do it', async () => {
  const signOut = (headers: Record<string, string>) => server.app.inject({ method: 'POST', url: '/sign-out', headers });
  assert.equal((await signOut({ cookie, origin: 'https://evil.example' })).statusCode, 403);
  const answer = await signOut({ cookie, 'sec-fetch-site': 'same-origin' });
  assert.equal(answer.statusCode, 204);
  assert.match(answer.headers['set-cookie'] as string, /^pixmill_session=;/);
  assert.equal((await server.app.inject({ url: '/api/v1/stats', headers: { cookie } })).statusCode, 401);
  assert.equal((await signOut({})).statusCode, 204, 'nobody signs out nobody');
});

test('strangers learn whether they are signed in, and nothing else', async () => {
  const answer = await server.app.inject({ url: '/api/v1/session' });
  assert.deepEqual(answer.json(), { signedIn: false, name: null, hideButton: false, version: null, s3Endpoint: null });
});

test('tokens are made, shown once, listed without their secrets, and revoked', async () => {
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  const make = (payload: object) => server.app.inject({ method: 'POST', url: '/api/v1/tokens', headers, payload });
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const made = await make({ kind: 'api', name: 'backup job', expiresAt });
  assert.equal(made.statusCode, 201, made.body);
  const { id, secret } = made.json();
  assert.match(secret, /^pxa_/);
  assert.deepEqual([made.json().name, made.json().expiresAt, made.json().path], ['backup job', expiresAt, null]);

  const link = (await make({ kind: 'link' })).json();
  assert.equal(link.path, `/sign-in?token=${link.secret}`);
  assert.equal((await server.app.inject({ url: link.path })).statusCode, 303);

  const listed = await server.app.inject({ url: '/api/v1/tokens', headers: { authorization: `Bearer ${secret}` } });
  assert.ok(!listed.body.includes(secret.slice(4)) && !listed.body.includes('hash'));
  const { items } = listed.json();
  assert.ok(items.some((token: { kind: string }) => token.kind === 'session'));
  const current = items.filter((token: { current: boolean }) => token.current);
  assert.deepEqual(
    current.map((token: { id: number; usedAt: string }) => [token.id, typeof token.usedAt]),
    [[id, 'string']],
  );

  const revoke = () => server.app.inject({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers });
  assert.equal((await revoke()).statusCode, 204);
  assert.equal((await revoke()).statusCode, 404);
});

test('a token without a name, of another kind, or for the past is refused', async () => {
  for (const payload of [
    {},
    { kind: 'api' },
    { kind: 'api', name: '' },
    { kind: 'session', name: 'x' },
    { kind: 'link', name: 'x' },
    { kind: 'api', name: 'x', expiresAt: 'tomorrow' },
    { kind: 'api', name: 'x', expiresAt: '2001-01-01T00:00:00Z' },
  ]) {
    const answer = await server.api('POST', '/tokens', payload);
    assert.equal(answer.statusCode, 400, JSON.stringify(payload));
  }
});

test('of a secret only its hash is kept', async () => {
  const { secret } = await server.services.accounts.createApiToken('kept');
  const rows = await server.services.db.selectFrom('token').selectAll().execute();
  assert.ok(!JSON.stringify(rows).includes(secret.slice(4)));
});
