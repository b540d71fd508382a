// DeleteObjects: what of the list is done, what is told of it, and which lists are refused.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawRequest, rawRequest } from '../../test/s3-request.ts';
import { startDigest } from './checksum.ts';

let store: TestStore;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);
const put = (key: string) => send({ method: 'PUT', url: `/pictures/${key}`, body: key });
const isThere = async (key: string) => (await send({ method: 'HEAD', url: `/pictures/${key}` })).status === 200;
const md5 = (body: string) => createHash('md5').update(body).digest('base64');

async function remove(objects: string, headers?: Record<string, string>) {
  const body = `<Delete>${objects}</Delete>`;
  const answer = await send({ method: 'POST', url: '/pictures?delete', body, headers: headers ?? { 'content-md5': md5(body) } });
  const all = (name: string) =>
    [...answer.body.toString().matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'g'))].map(([, text]) => text);
  return { ...answer, deleted: all('Deleted'), errors: all('Error'), codes: all('Code') };
}

// It was done without: S3 refuses it, and old clients send one for that reason.
test('the list must be protected by a digest of its own', async () => {
  const list = '<Object><Key>a</Key></Object>';
  assert.equal((await remove(list, {})).code, 'InvalidRequest');
  assert.equal((await remove(list, { 'content-md5': md5('other') })).code, 'BadDigest');
  const crc32 = startDigest('CRC32');
  crc32.update(Buffer.from(`<Delete>${list}</Delete>`));
  assert.equal((await remove(list, { 'x-amz-checksum-crc32': crc32.digest() })).status, 200);
});

test('a key that is not there, or twice on the list, is removed all the same; quiet is quiet about success', async () => {
  await put('a');
  const twice = '<Object><Key>a</Key></Object>'.repeat(2);
  assert.deepEqual((await remove(`${twice}<Object><Key>none</Key></Object>`)).deleted, [
    '<Key>a</Key>',
    '<Key>a</Key>',
    '<Key>none</Key>',
  ]);
  assert.equal(await isThere('a'), false);
  const quiet = await remove(`<Quiet>true</Quiet>${twice}<Object><Key>${'k'.repeat(1025)}</Key></Object>`);
  assert.deepEqual([quiet.deleted, quiet.codes], [[], ['KeyTooLongError']]);
});

test('each key has its own outcome, its version and condition too', async () => {
  for (const key of ['match', 'other', 'null', 'version']) await put(key);
  const etag = createHash('md5').update('match').digest('hex');
  const { deleted, errors, status } = await remove(
    [
      `<Object><Key>match</Key><ETag>${etag}</ETag></Object>`,
      '<Object><Key>other</Key><ETag>"0"</ETag></Object>',
      '<Object><Key>null</Key><VersionId>null</VersionId></Object>',
      '<Object><Key>version</Key><VersionId>v5n1PPUjOCMHLyyfq0ayjoZ5RZLfVQKA</VersionId></Object>',
      '<Object><Key>version</Key><VersionId>nonsense</VersionId></Object>',
      '<Object><Key>version</Key><Size>7</Size></Object>',
    ].join(''),
  );
  assert.equal(status, 200);
  assert.deepEqual(deleted, [
    '<Key>match</Key>',
    '<Key>null</Key><VersionId>null</VersionId>',
    '<Key>version</Key><VersionId>v5n1PPUjOCMHLyyfq0ayjoZ5RZLfVQKA</VersionId>',
  ]);
  assert.deepEqual(
    errors.map((error) => /<Key>(.*)<\/Key>.*<Code>(.*)<\/Code>/.exec(error ?? '')?.slice(1)),
    [
      ['other', 'PreconditionFailed'],
      ['version', 'InvalidArgument'],
      ['version', 'NotImplemented'],
    ],
  );
  assert.deepEqual(await Promise.all(['match', 'other', 'null', 'version'].map(isThere)), [false, true, false, true]);
});

test('a list of nothing, of more than a thousand, or of no list is malformed', async () => {
  assert.equal((await remove('')).code, 'MalformedXML');
  assert.equal((await remove('<Object><Key>a</Key></Object>'.repeat(1001))).code, 'MalformedXML');
  assert.equal((await remove('<Object></Object>')).code, 'MalformedXML');
  assert.equal((await remove('<Object>')).code, 'MalformedXML');
  assert.equal((await remove('<Object><Key>a</Key></Object>'.repeat(1000))).deleted.length, 1000);
});

test('removing what is not there is a success, unless a version of it was meant', async () => {
  const one = (headers: Record<string, string> = {}) => send({ method: 'DELETE', url: '/pictures/none', headers });
  assert.equal((await one()).status, 204);
  for (const etag of ['"0"', '*']) assert.equal((await one({ 'if-match': etag })).code, 'NoSuchKey');
  await put('kept');
  const kept = (headers: Record<string, string>) => send({ method: 'DELETE', url: '/pictures/kept', headers });
  assert.equal((await kept({ 'if-match': '"0"' })).code, 'PreconditionFailed');
  assert.equal((await kept({ 'x-amz-if-match-size': '4' })).code, 'NotImplemented');
  assert.equal((await kept({ 'if-match': '*' })).status, 204);
});
