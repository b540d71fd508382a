// Who may do what: every operation, by keys with every kind of rights, through the real endpoint.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import { postForm } from '../../test/s3-form.ts';
import { type RawRequest, rawRequest } from '../../test/s3-request.ts';
import { CASES, type Case, COPY, EVERYTHING } from '../../test/store-operations.ts';
import { parseAddress } from './address.ts';
import type { Call } from './call.ts';
import type { Credentials } from './keys.ts';
import { OPERATIONS, route } from './router.ts';

let store: TestStore;
const keys: Record<string, Credentials> = {};

before(async () => {
  store = await startTestStore();
  for (const bucket of ['there', 'other']) await store.store.createBucket(bucket);
  keys.none = await make(['other'], ['other']);
  keys.read = await make(['there', 'nowhere'], []);
  keys.write = await make([], ['there', 'nowhere']);
  keys.both = await make(['there', 'nowhere'], ['there', 'nowhere']);
  keys.star = await make(['*'], ['*']);
  keys.everything = store.key;
});

after(() => store.stop());

async function make(read: string[], write: string[]): Promise<Credentials> {
  const { id, secret } = await store.store.accessKeys.create('a test', { read, write });
  return { accessKeyId: id, secretAccessKey: secret };
}

function ask(key: Credentials | undefined, request: RawRequest) {
  assert.ok(key);
  return rawRequest({ port: store.port, key }, request);
}

function send(key: Credentials | undefined, bucket: string, upload: string, one: Case) {
  assert.ok(key);
  if (one.form) return postForm({ port: store.port, key }, { url: `/${bucket}` });
  return ask(key, at(bucket, upload, one));
}

const named = ({ method = 'GET', url, headers }: Case) => `${method} ${url}${headers === COPY ? ' (copy)' : ''}`;

function at(bucket: string, upload: string, { url, headers = {}, ...rest }: Case): RawRequest {
  const fill = (text: string) => text.replaceAll('BUCKET', bucket).replaceAll('ID', upload);
  return { ...rest, url: fill(url), headers: Object.fromEntries(Object.entries(headers).map(([n, v]) => [n, fill(v)])) };
}

/** An object to work on, and an upload of it. @returns the upload's id */
async function prepare(): Promise<string> {
  await ask(store.key, { method: 'PUT', url: '/there/key', body: 'bytes' });
  const { body } = await ask(store.key, { method: 'POST', url: '/there/key?uploads' });
  return /<UploadId>(.+)<\/UploadId>/.exec(body.toString())?.[1] ?? '';
}

/** What an answer says, but for what differs in every one. */
const said = (body: Buffer) => body.toString().replace(/<(Resource|RequestId|HostId)>.*?<\/\1>/g, '');

describe('each operation asks for its right', () => {
  for (const one of CASES) {
    test(named(one), async () => {
      const refusals = new Set<string>();
      for (const [name, key] of Object.entries(keys)) {
        const there = await send(key, 'there', await prepare(), one);
        const nowhere = one.method === 'PUT' && one.may === EVERYTHING ? there : await send(key, 'nowhere', 'none', one);
        if (one.may.includes(name)) {
          assert.equal(there.status, one.status ?? 200, `${name}: ${there.body}`);
          assert.notEqual(nowhere.status, 403, `${name}: ${nowhere.body}`);
          continue;
        }
        for (const answer of [there, nowhere]) {
          assert.equal(answer.status, 403, `${name}: ${answer.body}`);
          if (one.method !== 'HEAD') assert.equal(answer.code, 'AccessDenied');
        }
        assert.equal(said(there.body), said(nowhere.body), 'the answer tells nothing of what is there');
        refusals.add(name);
      }
      assert.deepEqual(
        [...refusals].sort(),
        Object.keys(keys)
          .filter((name) => !one.may.includes(name))
          .sort(),
      );
    });
  }

  test('ListBuckets shows the buckets in which the key may do anything, page by page', async () => {
    const listed = async (key: Credentials | undefined, more: object = {}) => {
      assert.ok(key);
      const s3 = testClient({ endpoint: store.endpoint, key });
      const { Buckets = [], ContinuationToken } = await s3.send(new ListBucketsCommand(more));
      s3.destroy();
      return { names: Buckets.map(({ Name }) => Name), next: ContinuationToken };
    };
    assert.deepEqual((await listed(keys.none)).names, ['other']);
    for (const name of ['read', 'write', 'both']) assert.deepEqual((await listed(keys[name])).names, ['there'], name);
    for (const name of ['star', 'everything']) assert.deepEqual((await listed(keys[name])).names, ['other', 'there'], name);
    await store.store.createBucket('third');
    const two = await make(['third'], ['there']);
    const page = await listed(two, { MaxBuckets: 1 });
    assert.deepEqual(page.names, ['there']);
    const rest = await listed(two, { MaxBuckets: 1, ContinuationToken: page.next });
    assert.deepEqual([rest.names, rest.next], [['third'], undefined]);
    assert.deepEqual((await listed(two, { Prefix: 'o' })).names, []);
  });

  test('no operation of the router is left out above', () => {
    const seen = new Set(
      [{ url: '/' }, ...CASES].map(({ method = 'GET', url, headers = {} }: Partial<Case> & { url: string }) => {
        const { bucket, key, query } = parseAddress(url, '127.0.0.1');
        return route({ method, bucket, key, query, headers } as Call);
      }),
    );
    const missing = [...OPERATIONS].filter((operation) => !seen.has(operation));
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });
});

describe('copying needs the right to read where the bytes come from', () => {
  for (const url of ['/there/copy', '/there/copy?uploadId=ID&partNumber=1']) {
    test(`PUT ${url}`, async () => {
      const upload = async (key: Credentials) => {
        const { body } = await ask(key, { method: 'POST', url: '/there/copy?uploads' });
        return /<UploadId>(.+)<\/UploadId>/.exec(body.toString())?.[1] ?? '';
      };
      await ask(store.key, { method: 'PUT', url: '/other/secret', body: 'secret' });
      const copy = async (key: Credentials, source: string) =>
        ask(key, { method: 'PUT', url: url.replace('ID', await upload(key)), headers: { 'x-amz-copy-source': source } });
      const writer = await make(['there'], ['there']);
      const sources = [
        'other/secret',
        '/other/secret',
        'other/none',
        'o%74her/secret',
        'nowhere/secret',
        'other/secret?versionId=null',
      ];
      for (const source of sources) {
        const { status, code } = await copy(writer, source);
        assert.deepEqual([status, code], [403, 'AccessDenied'], source);
      }
      assert.equal((await copy(await make(['other'], ['there']), 'other/secret')).status, 200);
      assert.equal((await copy(await make(['*'], ['there']), 'other/secret')).status, 200);
    });
  }

  test('a source that a presigned URL names in its query is one, too', async () => {
    const key = await make(['there'], ['there']);
    const s3 = testClient({ endpoint: store.endpoint, key }, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const url = new URL(await getSignedUrl(s3, new PutObjectCommand({ Bucket: 'there', Key: 'taken' }), { expiresIn: 60 }));
    s3.destroy();
    // Put in afterwards, so the signature does not cover it.
    url.searchParams.set('x-amz-copy-source', 'other/secret');
    assert.equal((await fetch(url, { method: 'PUT' })).status, 403);
    const { status } = await ask(key, { method: 'PUT', url: '/there/taken', headers: { 'X-Amz-Copy-Source': 'other/secret' } });
    assert.equal(status, 403);
    assert.equal((await ask(store.key, { url: '/there/taken' })).status, 404);
  });
});

test('a revoked key is refused with the next request, and so is what it presigned', async () => {
  const { id, secret } = await store.store.accessKeys.create('short', { read: ['there'], write: [] });
  const key = { accessKeyId: id, secretAccessKey: secret };
  await prepare();
  const s3 = testClient({ endpoint: store.endpoint, key });
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'there', Key: 'key' }), { expiresIn: 3600 });
  s3.destroy();
  assert.equal((await ask(key, { url: '/there/key' })).status, 200);
  assert.equal((await fetch(url)).status, 200);
  await store.store.accessKeys.revoke(id);
  const answer = await ask(key, { url: '/there/key' });
  assert.deepEqual([answer.status, answer.code], [403, 'InvalidAccessKeyId']);
  const presigned = await fetch(url);
  assert.equal(presigned.status, 403);
  assert.match(await presigned.text(), /<Code>InvalidAccessKeyId<\/Code>/);
});

test('a presigned URL does what its key may, and no more', async () => {
  await prepare();
  const sign = async (key: Credentials | undefined, command: GetObjectCommand | PutObjectCommand) => {
    assert.ok(key);
    const s3 = testClient({ endpoint: store.endpoint, key }, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const url = await getSignedUrl(s3, command as GetObjectCommand, { expiresIn: 60 });
    s3.destroy();
    return url;
  };
  const get = new GetObjectCommand({ Bucket: 'there', Key: 'key' });
  const put = new PutObjectCommand({ Bucket: 'there', Key: 'key' });
  const send = async (url: string) => (await fetch(url, { method: 'PUT', body: 'x' })).status;
  assert.equal((await fetch(await sign(keys.read, get))).status, 200);
  assert.equal((await fetch(await sign(keys.write, get))).status, 403);
  assert.equal(await send(await sign(keys.write, put)), 200);
  assert.equal(await send(await sign(keys.read, put)), 403);
});

test('a key with another secret is as good as none, and is not marked as used', async () => {
  const { id } = await store.store.accessKeys.create('guessed', { read: ['*'], write: [] });
  const wrong = await ask({ accessKeyId: id, secretAccessKey: 'A'.repeat(40) }, { url: '/there/key' });
  assert.deepEqual([wrong.status, wrong.code], [403, 'SignatureDoesNotMatch']);
  const unknown = await ask({ accessKeyId: 'PXMLNOBODY', secretAccessKey: 'A'.repeat(40) }, { url: '/there/key' });
  assert.deepEqual([unknown.status, unknown.code], [403, 'InvalidAccessKeyId']);
  await store.restart();
  assert.equal((await store.store.accessKeys.list()).find((key) => key.id === id)?.lastUsedAt, null);
});

test('a body that may not be written is neither waited for nor kept', async () => {
  const headers = { expect: '100-continue' };
  const { status, continued } = await ask(keys.read, { method: 'PUT', url: '/there/key', headers, body: Buffer.alloc(200_000) });
  assert.deepEqual([status, continued], [403, false]);
});

test('the log tells which key it was, and what a policy asks for is told how else to get it', async () => {
  await ask(keys.read, { method: 'PUT', url: '/there/key', body: 'x' });
  await store.seen(({ data }) => data.accessKey === keys.read?.accessKeyId && data.code === 'AccessDenied');
  assert.ok(!JSON.stringify(store.lines).includes(keys.read?.secretAccessKey ?? ''));
  for (const key of [keys.everything, keys.none]) {
    const answer = await ask(key, { method: 'PUT', url: '/there?policy', body: '{}' });
    assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented']);
    assert.match(answer.body.toString(), /Give access keys rights per bucket instead: &quot;pixmill access-key create/);
  }
});
