import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer } from '../../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

test('an access key is made with its secret, listed without it, and revoked', async () => {
  const answer = await server.api('POST', '/access-keys', { name: 'cam', write: ['pictures', 'pictures'] });
  assert.equal(answer.statusCode, 201);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const { secret, endpoint, region, ...made } = answer.json();
  assert.match(secret, /^\w{40}$/);
  assert.match(endpoint, /^http:\/\/\w+:\d+$/);
  assert.equal(region, 'us-east-1');
  assert.deepEqual(made, { id: made.id, name: 'cam', read: [], write: ['pictures'] });
  const list = await server.api('GET', '/access-keys');
  assert.ok(!list.body.includes(secret));
  const { createdAt, ...first } = list.json().items[0];
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
  assert.deepEqual(first, { ...made, everything: false, lastUsedAt: null });
  assert.equal((await server.api('DELETE', `/access-keys/${made.id}`)).statusCode, 204);
  assert.equal((await server.api('DELETE', `/access-keys/${made.id}`)).statusCode, 404);
});

test("Pixmill's own key is listed as what it is, and stays", async () => {
  const [own] = (await server.api('GET', '/access-keys')).json().items;
  assert.deepEqual([own.name, own.everything, own.read, own.write], ['Pixmill itself', true, ['*'], ['*']]);
  const refused = await server.api('DELETE', `/access-keys/${own.id}`);
  assert.equal(refused.statusCode, 409);
  assert.match(refused.json().mend, /access-key create/);
});

test('rights that cannot be meant are refused with the culprit', async () => {
  const refused = async (body: object, culprit: RegExp) => {
    const answer = await server.api('POST', '/access-keys', body);
    assert.equal(answer.statusCode, 400, answer.body);
    assert.match(answer.json().detail, culprit);
  };
  await refused({ name: 'x' }, /"x" would have no right/);
  await refused({ name: '', read: ['*'] }, /body\.name/);
  await refused({ name: 'x', read: ['Pictures'] }, /"Pictures" cannot be the name of a bucket/);
  await refused({ name: 'x', read: ['pictures/*'] }, /"pictures\/\*" cannot be/);
  await refused({ name: 'x', read: 'pictures' }, /body\.read/);
  await refused({ name: 'x', admin: ['pictures'] }, /admin/);
  await refused({ name: 'x', read: Array.from({ length: 101 }, (_, at) => `bucket-${at}`) }, /body\.read/);
  assert.equal((await server.api('GET', '/access-keys')).json().items.length, 1);
});

test('a foreign store has no access keys here, and the answer says where they are made', async () => {
  const foreign = await startTestServer({ accessKeys: undefined });
  for (const [method, path, body] of [
    ['GET', '/access-keys'],
    ['POST', '/access-keys', { name: 'x', read: ['*'] }],
    ['DELETE', '/access-keys/PXML'],
  ] as const) {
    const answer = await foreign.api(method, path, body);
    assert.equal(answer.statusCode, 404);
    assert.match(answer.json().detail, /not the built-in one/);
    assert.match(answer.json().mend, /S3_ENDPOINT/);
  }
  await foreign.stop();
});
