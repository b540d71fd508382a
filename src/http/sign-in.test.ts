import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startTestServer } from '../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

// Attempts are counted by address.
let visitors = 0;
let remoteAddress = '';
beforeEach(() => {
  remoteAddress = `10.0.0.${++visitors}`;
});

const open = (secret: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  server.app.inject({ method, url: `/sign-in?token=${secret}`, headers, remoteAddress });
const session = async (cookie: string) => (await server.app.inject({ url: '/api/v1/session', headers: { cookie } })).json();

test('a link signs a browser in, with a cookie that no script and no other site gets at, and leads to the page', async () => {
  const { secret } = await server.services.accounts.createLink();
  const answer = await open(secret, { 'user-agent': 'Firefox' });
  assert.equal(answer.statusCode, 303);
  assert.equal(answer.headers.location, '/');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  const [cookie] = answer.cookies as { name: string; value: string; [attribute: string]: unknown }[];
  assert.ok(cookie);
  assert.equal(cookie.name, 'pixmill_session');
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path, cookie.secure], [true, 'Lax', '/', undefined]);
  const days = ((cookie.expires as Date).getTime() - Date.now()) / 86_400_000;
  assert.ok(days > 29.9 && days <= 30);

  assert.deepEqual(await session(`pixmill_session=${cookie.value}`), {
    signedIn: true,
    name: 'Firefox',
    hideButton: false,
    version: '1.2.3',
    s3Endpoint: server.services.s3Endpoint('localhost'),
  });
});

test('behind a proxy that speaks HTTPS the cookie is for HTTPS alone', async () => {
  const { secret } = await server.services.accounts.createLink();
  const answer = await open(secret, { 'x-forwarded-proto': 'https' });
  assert.equal(answer.cookies[0]?.secure, true);
});

test('a link works once, however many come at once, and then says how to get another', async () => {
  const { secret } = await server.services.accounts.createLink();
  const answers = await Promise.all(Array.from({ length: 8 }, () => open(secret)));
  assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1);
  const refused = answers.find(({ statusCode }) => statusCode === 410);
  assert.match(refused?.headers['content-type'] as string, /^text\/html/);
  assert.match(refused?.body ?? '', /npx pixmill token link/);
  assert.equal(refused?.headers['set-cookie'], undefined);
});

test('an expired link, and anything else, is refused in the same words', async () => {
  const { accounts, db } = server.services;
  const { id, secret } = await accounts.createLink();
  await db
    .updateTable('token')
    .set({ expires_at: new Date(Date.now() - 1) })
    .where('id', '=', id)
    .execute();
  const expired = await open(secret);
  assert.equal(expired.statusCode, 410);
  for (const other of ['', 'x', `pxl_${'A'.repeat(43)}`, server.token, '%00', '<script>']) {
    const answer = await open(other);
    assert.equal(answer.statusCode, 410, other);
    assert.equal(answer.body, expired.body);
  }
  assert.equal((await open('x'.repeat(5000))).statusCode, 400);
});

test('whoever opens a used link and is signed in already goes to the page', async () => {
  const answer = await open('nonsense', { cookie: await server.signIn() });
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/']);
});

test('looking ahead does not use a link up', async () => {
  const { secret } = await server.services.accounts.createLink();
  assert.equal((await open(secret, {}, 'HEAD')).headers['set-cookie'], undefined);
  assert.equal((await open(secret, { 'sec-purpose': 'prefetch;prerender' })).statusCode, 503);
  assert.equal((await open(secret)).statusCode, 303);
});

test('attempts to sign in are few', async () => {
  const attempts = [];
  for (let count = 0; count < 25; count++) attempts.push((await open('nonsense')).statusCode);
  assert.equal(attempts.at(-1), 429);
  const refused = await open('nonsense');
  assert.match(refused.headers['content-type'] as string, /problem\+json/);
  assert.equal(refused.json().code, 'too_many_requests');
  // Saying to come from elsewhere does not help.
  assert.equal((await open('nonsense', { 'x-forwarded-for': '203.0.113.7' })).statusCode, 429);
});
