import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer } from '../../test/http-server.ts';
import { openAccounts } from '../accounts/accounts.ts';
import { openDatabase } from '../ledger/database.ts';
import type { Ledger } from '../ledger/schema.ts';
import { openTokens } from '../ledger/tokens.ts';
import { openStore } from '../store/s3.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
let lame: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  lame = await startTestServer({ store: openStore({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1', credentials }) });
});
after(() => Promise.all([server.stop(), lame.stop()]));

test('a server that runs is healthy, and ready where database and store answer', async () => {
  assert.deepEqual((await server.app.inject({ url: '/healthz' })).json(), { ok: true });
  const ready = await server.app.inject({ url: '/readyz' });
  assert.equal(ready.statusCode, 200);
  assert.deepEqual(ready.json(), { ready: true, database: 'ok', store: 'ok' });
});

test('a store that is away makes it unready and no less healthy, and strangers learn no more than that', async () => {
  assert.equal((await lame.app.inject({ url: '/healthz' })).statusCode, 200);
  const ready = await lame.app.inject({ url: '/readyz' });
  assert.equal(ready.statusCode, 503);
  assert.deepEqual(ready.json(), { ready: false, database: 'ok', store: 'away' });
});

test('metrics tell of the queue, of requests by route, and of the process', async () => {
  await server.api('GET', '/objects/12345');
  const { headers, body } = await server.app.inject({ url: '/metrics', headers: server.bearer });
  assert.match(headers['content-type'] as string, /^text\/plain/);
  assert.match(body, /^pixmill_queue_jobs\{state="waiting"\} 3$/m);
  assert.match(body, /^pixmill_http_request_seconds_count\{method="GET",route="\/api\/v1\/objects\/:id",status="404"\} 1$/m);
  assert.match(body, /^process_resident_memory_bytes \d+$/m);
  assert.ok(!body.includes('12345'), 'addresses are no labels');
});

test('every request is logged by its route, without secrets', async () => {
  const { secret } = await server.services.accounts.createLink();
  await server.app.inject({ url: `/sign-in?token=${secret}` });
  const line = server.lines.find(({ data }) => data.route === '/sign-in');
  assert.deepEqual([line?.level, line?.data.status], ['debug', 303]);
  assert.ok(!JSON.stringify(server.lines).includes(secret.slice(4)));
});

test('with the database away every question is answered 503, and with nothing of where it was looked for', async () => {
  const { db, close } = openDatabase<Ledger>({ url: 'postgres://somebody:password@127.0.0.1:1/x' }, 1);
  const away = await startTestServer({ db, accounts: openAccounts(openTokens(db)) });
  const answer = await away.api('GET', '/objects');
  assert.deepEqual([answer.statusCode, answer.json().code], [503, 'unavailable']);
  assert.doesNotMatch(answer.body, /127\.0\.0\.1|somebody|password/);
  assert.deepEqual((await away.app.inject({ url: '/readyz' })).json(), { ready: false, database: 'away', store: 'ok' });
  await close();
  await away.stop();
});
