// What browsers are told of who may call: by the rules of the bucket, and for Pixmill's own page.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import {
  type CORSRule,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketCorsCommand,
  PutBucketCorsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import { type RawAnswer, rawRequest, sendRaw } from '../../test/s3-request.ts';

let store: TestStore;
let s3: S3Client;
const Bucket = 'pictures';
const ORIGIN = 'https://shop.example';
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

before(async () => {
  store = await startTestStore();
  s3 = testClient(store);
  await store.store.createBucket(Bucket);
  await rawRequest(store, { method: 'PUT', url: '/pictures/a', body: 'bytes' });
});

after(async () => {
  s3.destroy();
  await store.stop();
});

beforeEach(() => s3.send(new DeleteBucketCorsCommand({ Bucket })));

const RULE = { AllowedOrigins: [ORIGIN], AllowedMethods: ['GET', 'PUT'] };
const setRules = (...CORSRules: CORSRule[]) => s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));

/** As a browser sends it: unsigned. */
function preflight(origin: string | undefined, method?: string, headers?: string, url = '/pictures/a'): Promise<RawAnswer> {
  return sendRaw(store.port, 'OPTIONS', url, {
    host: '127.0.0.1',
    ...(origin !== undefined && { origin }),
    ...(method !== undefined && { 'access-control-request-method': method }),
    ...(headers !== undefined && { 'access-control-request-headers': headers }),
  });
}

/** A signed request of a page; its browser has signed none of these headers. */
const call = (unsigned: Record<string, string>, method = 'GET', url = '/pictures/a') =>
  rawRequest(store, { method, url, unsigned: { origin: ORIGIN, ...unsigned } });

/** The headers of the answer that are about pages. */
function told({ headers }: RawAnswer): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('access-control-'))
      .map(([name, value]) => [name.slice('access-control-'.length), value]),
  );
}

const message = ({ body }: RawAnswer) => /<Message>(.*)<\/Message>/.exec(body.toString())?.[1];

test('a preflight is answered from the rule, without a signature, whether the object is there or not', async () => {
  await setRules({ ...RULE, AllowedHeaders: ['*'], ExposeHeaders: ['ETag', 'x-amz-meta-a'], MaxAgeSeconds: 3000 });
  for (const url of ['/pictures/a', '/pictures/none', '/pictures', '/pictures/a?X-Amz-Signature=forged']) {
    const answer = await preflight(ORIGIN, 'PUT', 'Content-Type,X-AMZ-Date', url);
    assert.deepEqual([answer.status, answer.body.length, answer.headers.vary], [200, 0, VARY], url);
    assert.deepEqual(told(answer), {
      'allow-origin': ORIGIN,
      'allow-credentials': 'true',
      'allow-methods': 'GET, PUT',
      'allow-headers': 'content-type, x-amz-date',
      'expose-headers': 'ETag, x-amz-meta-a',
      'max-age': '3000',
    });
  }
});

test('a rule for everybody answers so, and lets nobody in with credentials', async () => {
  await setRules({ AllowedOrigins: ['https://other.example', '*'], AllowedMethods: ['GET'] });
  const expected = { 'allow-origin': '*', 'allow-methods': 'GET' };
  assert.deepEqual(told(await preflight('https://any.example', 'GET')), expected);
  assert.deepEqual(told(await preflight('null', 'GET')), expected);
  assert.deepEqual(told(await call({})), expected);
});

test('what no rule allows is refused, with what was asked for', async () => {
  const none = await preflight(ORIGIN, 'PUT');
  assert.deepEqual([none.status, none.code], [403, 'AccessForbidden']);
  assert.equal(message(none), 'CORSResponse: CORS is not enabled for this bucket.');
  assert.match(none.body.toString(), /<Method>PUT<\/Method><ResourceType>BUCKET<\/ResourceType>/);
  await setRules({ ...RULE, AllowedHeaders: ['x-amz-*'] });
  for (const [origin, method, headers] of [
    ['https://evil.example', 'GET', undefined],
    [ORIGIN, 'DELETE', undefined],
    [ORIGIN, 'PUT', 'content-type'],
    [ORIGIN, 'PUT', 'x-amz-date, content-type'],
  ] as const) {
    const answer = await preflight(origin, method, headers);
    assert.deepEqual([answer.status, answer.code, told(answer)], [403, 'AccessForbidden', {}]);
    assert.match(message(answer) ?? '', /^CORSResponse: This CORS request is not allowed\./);
    assert.match(answer.body.toString(), new RegExp(`<Method>${method}</Method><ResourceType>OBJECT</ResourceType>`));
  }
});

test('what is no preflight is told what it lacks', async () => {
  await setRules(RULE);
  for (const [origin, method, said] of [
    [undefined, 'GET', 'Insufficient information. Origin request header needed.'],
    ['', 'GET', 'Insufficient information. Origin request header needed.'],
    [ORIGIN, undefined, 'Invalid Access-Control-Request-Method: null'],
    [ORIGIN, 'PATCH', 'Invalid Access-Control-Request-Method: PATCH'],
  ] as const) {
    const answer = await preflight(origin, method);
    assert.deepEqual([answer.status, answer.code, message(answer)], [400, 'BadRequest', said]);
  }
});

test('a stranger does not learn from a preflight which buckets there are', async () => {
  const [there, nowhere] = await Promise.all(
    ['/pictures/a', '/nowhere/a'].map((url) => preflight(ORIGIN, 'GET', undefined, url)),
  );
  assert.ok(there && nowhere);
  assert.deepEqual([there.status, message(there)], [nowhere.status, message(nowhere)]);
});

test('a page may read the answers that the rule allows, errors among them', async () => {
  await setRules({ ...RULE, ExposeHeaders: ['ETag'], MaxAgeSeconds: 10 });
  const expected = {
    'allow-origin': ORIGIN,
    'allow-credentials': 'true',
    'allow-methods': 'GET, PUT',
    'expose-headers': 'ETag',
    'max-age': '10',
  };
  const found = await call({});
  assert.deepEqual([found.status, told(found), found.headers.vary], [200, expected, VARY]);
  const missing = await call({}, 'GET', '/pictures/none');
  assert.deepEqual([missing.status, told(missing)], [404, expected]);
  const forged = await call({ 'x-amz-meta-a': 'unsigned' });
  assert.deepEqual([forged.status, told(forged)], [403, expected]);
  const unsigned = await sendRaw(store.port, 'GET', '/pictures/a', { host: '127.0.0.1', origin: ORIGIN });
  assert.deepEqual([unsigned.status, told(unsigned)], [403, expected]);
  const unchanged = await call({ 'if-none-match': String(found.headers.etag) });
  assert.deepEqual([unchanged.status, told(unchanged)], [304, expected]);
});

test('a page that no rule allows is served, and can read nothing of it', async () => {
  await setRules(RULE);
  const foreign = await call({ origin: 'https://evil.example' });
  assert.deepEqual([foreign.status, told(foreign)], [200, {}]);
  assert.deepEqual(told(await call({}, 'DELETE', '/pictures/none')), {});
  // As in S3, what the browser says that it asks for decides.
  assert.deepEqual(told(await call({ 'access-control-request-method': 'DELETE' })), {});
  assert.deepEqual(told(await call({ 'access-control-request-headers': 'x-other' })), {});
});

test('every answer varies by the origin, so that a browser hands none of a picture to a page that asks otherwise', async () => {
  const plain = await rawRequest(store, { url: '/pictures/a' });
  assert.deepEqual([plain.headers.vary, told(plain)], [VARY, {}]);
});

test('a change holds from its answer on, and a new bucket of an old name has no rules', async () => {
  for (let time = 0; time < 10; time++) {
    await setRules(RULE);
    assert.equal((await preflight(ORIGIN, 'GET')).status, 200);
    await s3.send(new DeleteBucketCorsCommand({ Bucket }));
    assert.equal((await preflight(ORIGIN, 'GET')).status, 403);
  }
  const again = { Bucket: 'again' };
  await s3.send(new CreateBucketCommand(again));
  await s3.send(new PutBucketCorsCommand({ ...again, CORSConfiguration: { CORSRules: [RULE] } }));
  assert.equal((await preflight(ORIGIN, 'GET', undefined, '/again/a')).status, 200);
  await s3.send(new DeleteBucketCommand(again));
  await s3.send(new CreateBucketCommand(again));
  assert.equal((await preflight(ORIGIN, 'GET', undefined, '/again/a')).status, 403);
});

test('the bucket may stand in the host', async () => {
  await setRules(RULE);
  const answer = await sendRaw(store.port, 'OPTIONS', '/a', {
    ...{ host: `pictures.localhost:${store.port}`, origin: ORIGIN },
    'access-control-request-method': 'GET',
  });
  assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [200, ORIGIN]);
});

const PAGE = 'http://page.test';

test('our own page may do everything in every bucket, whatever the rules say', async () => {
  const check = async () => {
    const allowed = await preflight(PAGE, 'DELETE', 'content-type,x-amz-date');
    assert.equal(allowed.status, 200);
    const { 'expose-headers': exposed, ...rest } = told(allowed);
    assert.deepEqual(rest, {
      'allow-origin': PAGE,
      'allow-methods': 'GET, HEAD, PUT, POST, DELETE',
      'allow-headers': 'content-type, x-amz-date',
      'max-age': '600',
    });
    assert.match(String(exposed), /^ETag, /);
    const put = await call({ origin: PAGE }, 'PUT', '/pictures/b');
    assert.deepEqual([put.status, put.headers['access-control-allow-origin']], [200, PAGE]);
    assert.match(String(put.headers['access-control-expose-headers']), /^ETag, /);
  };
  await check();
  await setRules({ AllowedOrigins: ['*'], AllowedMethods: ['PUT', 'DELETE'], AllowedHeaders: ['*'], MaxAgeSeconds: 1 });
  await check();
  const broken = await call({ origin: PAGE }, 'GET', '/pictures/%ff');
  assert.deepEqual([broken.status, broken.headers['access-control-allow-origin']], [400, PAGE]);
});

test('a rule for the origin of our own page adds to what it may', async () => {
  await setRules({ AllowedOrigins: [PAGE], AllowedMethods: ['GET'], ExposeHeaders: ['ETag', 'x-amz-meta-a'] });
  const { 'allow-credentials': credentials, 'expose-headers': exposed } = told(await call({ origin: PAGE }));
  assert.equal(credentials, 'true');
  assert.match(String(exposed), /^ETag, [^*]*, x-amz-meta-a$/);
  assert.equal(String(exposed).split('ETag').length, 2);
});
