import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { openAccounts } from '../accounts/accounts.ts';
import { type Database, openDatabase } from './database.ts';
import { migrateUp } from './migrate.ts';
import * as hookTokens from './migrations/0008-hook-tokens.ts';
import type { Ledger } from './schema.ts';
import { openTokens } from './tokens.ts';

let server: TestDatabase;
let database: Database<Ledger>;
before(async () => {
  server = await createTestDatabase();
  database = openDatabase<Ledger>(server.address, 4);
  await migrateUp(database.db);
});
after(async () => {
  await database.close();
  await server.drop();
});

const HOUR = 3_600_000;
const soon = () => new Date(Date.now() + HOUR);

test('a link becomes one session, and a second try becomes none', async () => {
  const tokens = openTokens(database.db);
  assert.equal(await tokens.hasSession(), false);
  await tokens.add({ kind: 'link', name: 'l', hash: 'link-1', expiresAt: soon() });
  const session = (hash: string) => ({ kind: 'session' as const, name: 's', hash, expiresAt: soon() });
  const tries = await Promise.all([1, 2, 3].map((n) => tokens.exchange('link-1', session(`session-${n}`))));
  assert.equal(tries.filter(Boolean).length, 1);
  assert.equal(await tokens.exchange('link-unknown', session('session-4')), false);
  assert.equal(await tokens.hasSession(), true);
  const kinds = (await tokens.list()).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['session'], 'the used link is not listed');
});

test('a token is found by its kind and hash until it expires, and its use is remembered', async () => {
  const tokens = openTokens(database.db);
  const id = await tokens.add({ kind: 'api', name: 'a', hash: 'api-1', expiresAt: undefined });
  assert.equal((await tokens.find('api', 'api-1'))?.usedAt, null);
  assert.ok((await tokens.find('api', 'api-1'))?.usedAt);
  assert.equal(await tokens.find('session', 'api-1'), undefined);
  await database.db
    .updateTable('token')
    .set({ expires_at: new Date(Date.now() - 1000) })
    .where('id', '=', id)
    .execute();
  assert.equal(await tokens.find('api', 'api-1'), undefined);
});

test('what expired more than a day ago is cleared out', async () => {
  const tokens = openTokens(database.db);
  const old = await tokens.add({ kind: 'session', name: 'old', hash: 'old', expiresAt: new Date(Date.now() - 25 * HOUR) });
  await tokens.add({ kind: 'api', name: 'new', hash: 'new', expiresAt: undefined });
  const row = await database.db.selectFrom('token').where('id', '=', old).selectAll().executeTakeFirst();
  assert.equal(row, undefined);
});

test('accounts know a secret by its hash alone, and by its kind', async () => {
  const accounts = openAccounts(openTokens(database.db));
  const { secret, id } = await accounts.createApiToken('ci');
  assert.deepEqual(await accounts.identify('api', secret), { tokenId: id, kind: 'api', name: 'ci' });
  assert.equal(await accounts.identify('session', secret), undefined);
  assert.equal(await accounts.identify('hook', secret), undefined);
  assert.equal(await accounts.identify('api', `${secret}x`), undefined);
  const stored = await database.db.selectFrom('token').where('id', '=', id).select('hash').executeTakeFirstOrThrow();
  assert.match(stored.hash, /^[0-9a-f]{64}$/);
  await accounts.revoke(id);
  assert.equal(await accounts.identify('api', secret), undefined);
  await assert.rejects(accounts.revoke(id), /there is no token/);
});

test('a hook token is known as nothing but a hook token, and its use is remembered', async () => {
  const accounts = openAccounts(openTokens(database.db));
  const { secret, id } = await accounts.createHookToken('minio');
  assert.deepEqual(await accounts.identify('hook', secret), { tokenId: id, kind: 'hook', name: 'minio' });
  assert.equal(await accounts.identify('api', secret), undefined);
  assert.ok((await accounts.list()).find((token) => token.id === id)?.usedAt);
  await assert.rejects(accounts.createHookToken('late', new Date(0)), { code: 'invalid' });
});

test('without its migration there are no hook tokens, and other tokens stay', async () => {
  const tokens = openTokens(database.db);
  await tokens.add({ kind: 'hook', name: 'h', hash: 'hook-1', expiresAt: undefined });
  const before = (await tokens.list()).filter(({ kind }) => kind !== 'hook').length;
  await hookTokens.down(database.db as never);
  await assert.rejects(tokens.add({ kind: 'hook', name: 'h', hash: 'hook-2', expiresAt: undefined }), { code: '23514' });
  assert.equal((await tokens.list()).length, before);
  await hookTokens.up(database.db as never);
  await tokens.add({ kind: 'hook', name: 'h', hash: 'hook-2', expiresAt: undefined });
});
