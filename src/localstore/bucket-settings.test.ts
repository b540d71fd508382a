// What is kept with a bucket besides its objects: CORS rules and tags.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type CORSRule,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketTaggingCommand,
  GetBucketCorsCommand,
  GetBucketTaggingCommand,
  PutBucketCorsCommand,
  PutBucketTaggingCommand,
  type S3Client,
  type Tag,
} from '@aws-sdk/client-s3';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import { rawRequest, sendRaw } from '../../test/s3-request.ts';

let store: TestStore;
let s3: S3Client;
const Bucket = 'pictures';

before(async () => {
  store = await startTestStore();
  s3 = testClient(store);
  await store.store.createBucket(Bucket);
});

after(async () => {
  s3.destroy();
  await store.stop();
});

const RULES_DOCUMENT =
  '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>';

test('rules are given back as they were set, until they are removed', async () => {
  const rules: CORSRule[] = [
    {
      ID: 'a <rule>',
      AllowedHeaders: ['X-Amz-*', 'content-type'],
      AllowedMethods: ['PUT', 'POST', 'DELETE'],
      AllowedOrigins: ['https://*.example', ''],
      ExposeHeaders: ['ETag', 'x-amz-meta-a'],
      MaxAgeSeconds: 0,
    },
    { AllowedMethods: ['HEAD'], AllowedOrigins: ['*'] },
  ];
  await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: rules } }));
  assert.deepEqual((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules, rules);
  await s3.send(new DeleteBucketCorsCommand({ Bucket }));
  await assert.rejects(s3.send(new GetBucketCorsCommand({ Bucket })), { name: 'NoSuchCORSConfiguration' });
  const none = await rawRequest(store, { method: 'DELETE', url: '/pictures?cors' });
  assert.equal(none.status, 204);
});

test('a bucket that is not there has no rules, and takes none', async () => {
  for (const [method, body] of [['GET'], ['PUT', RULES_DOCUMENT], ['DELETE']] as const) {
    const answer = await rawRequest(store, { method, url: '/nowhere?cors', ...(body && { body }) });
    assert.deepEqual([answer.status, answer.code], [404, 'NoSuchBucket'], method);
  }
});

test('rules are set by who may, and a document of more than 64 KB is refused', async () => {
  const unsigned = await sendRaw(store.port, 'PUT', '/pictures?cors', { host: 'localhost' }, Buffer.from(RULES_DOCUMENT));
  assert.deepEqual([unsigned.status, unsigned.code], [403, 'AccessDenied']);
  const put = (body: string) => rawRequest(store, { method: 'PUT', url: '/pictures?cors', body });
  const fill = (length: number) =>
    RULES_DOCUMENT.replace('<CORSRule>', `${' '.repeat(length - RULES_DOCUMENT.length)}<CORSRule>`);
  assert.equal((await put(fill(65_537))).code, 'MaxMessageLengthExceeded');
  assert.equal((await put(fill(65_536))).status, 200);
  assert.equal((await put('<CORSConfiguration/>')).code, 'MalformedXML');
});

const put = (TagSet: Tag[], bucket = Bucket) => s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
const get = async (bucket = Bucket) => (await s3.send(new GetBucketTaggingCommand({ Bucket: bucket }))).TagSet;
const tags = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `key ${at}`, Value: 'ä = 1' }));

test('the tags of a bucket are kept, replaced as a whole, and removed', async () => {
  await assert.rejects(get(), { name: 'NoSuchTagSet' });
  await put([{ Key: 'a', Value: '1' }]);
  await put(tags(50));
  assert.deepEqual(await get(), tags(50));
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  await assert.rejects(get(), { name: 'NoSuchTagSet' });
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
});

test('a set of none is as good as no set', async () => {
  await put(tags(1));
  await put([]);
  await assert.rejects(get(), { name: 'NoSuchTagSet' });
});

test('a bucket has 50 tags at most, each once', async () => {
  await put(tags(2));
  await assert.rejects(put(tags(51)), { name: 'InvalidTag', message: 'Bucket tags cannot be greater than 50' });
  await assert.rejects(put([...tags(1), ...tags(1)]), { name: 'InvalidTag' });
  await assert.rejects(put([{ Key: '', Value: 'x' }]), { name: 'InvalidTag' });
  assert.equal((await rawRequest(store, { method: 'PUT', url: '/pictures?tagging', body: '<Tagging/>' })).code, 'MalformedXML');
  assert.deepEqual(await get(), tags(2));
});

test('tags belong to a bucket that is there, and go with it', async () => {
  const remove = () => s3.send(new DeleteBucketTaggingCommand({ Bucket: 'nowhere' }));
  for (const ask of [() => get('nowhere'), () => put(tags(1), 'nowhere'), remove]) {
    await assert.rejects(ask, { name: 'NoSuchBucket' });
  }
  await s3.send(new CreateBucketCommand({ Bucket: 'again' }));
  await put(tags(1), 'again');
  await s3.send(new DeleteBucketCommand({ Bucket: 'again' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'again' }));
  await assert.rejects(get('again'), { name: 'NoSuchTagSet' });
});

// They were overlooked.
test('a bucket may be created with tags, which one that is there does not get', async () => {
  const create = (value: string) => {
    const Tags = [{ Key: 'a', Value: value }];
    return s3.send(new CreateBucketCommand({ Bucket: 'born-tagged', CreateBucketConfiguration: { Tags } }));
  };
  await assert.rejects(create('&'), { name: 'InvalidTag' });
  await create('1');
  await create('2');
  assert.deepEqual(await get('born-tagged'), [{ Key: 'a', Value: '1' }]);
});

test('the other settings of a bucket are refused with what is kept instead', async () => {
  for (const name of ['lifecycle', 'versioning', 'website', 'encryption']) {
    const answer = await rawRequest(store, { method: 'PUT', url: `/pictures?${name}`, body: '<a/>' });
    assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented']);
    assert.match(answer.body.toString(), new RegExp(`not implement PUT \\?${name}\\. Of the settings of a bucket it keeps CORS`));
  }
});
