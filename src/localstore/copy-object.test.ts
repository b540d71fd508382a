// Copies: how their source is named, what goes with them, and what they are refused for.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawAnswer, type RawRequest, rawRequest } from '../../test/s3-request.ts';

let store: TestStore;

/** Of `body`. */
const CRC32 = Buffer.from(crc32('body').toString(16).padStart(8, '0'), 'hex').toString('base64');

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);
const put = (key: string, body: string, headers: Record<string, string> = {}) =>
  send({ method: 'PUT', url: `/pictures/${key}`, body, headers });
const copy = (from: string, key: string, headers: Record<string, string> = {}) =>
  send({ method: 'PUT', url: `/pictures/${key}`, headers: { 'x-amz-copy-source': from, ...headers } });
const get = async (key: string, headers: Record<string, string> = {}) => send({ url: `/pictures/${key}`, headers });
const element = (name: string, { body }: RawAnswer) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body.toString())?.[1];

test('a source is named percent-encoded, with a slash before it or none, and a plus in it is a space', async () => {
  await put('a%20b%2Bc%C3%A4%3Fd/e', 'odd');
  for (const from of [
    'pictures/a%20b%2Bc%C3%A4%3Fd/e',
    '/pictures/a%20b%2Bc%C3%A4%3Fd/e',
    'pictures%2Fa%20b%2Bc%C3%A4%3Fd%2Fe',
    'pictures/a+b%2Bc%C3%A4%3Fd/e',
    'pictures/a b%2Bc\u00c3\u00a4%3Fd/e',
    'pictures/a%20b%2Bc%C3%A4%3Fd/e?versionId=null',
  ]) {
    const answer = await copy(from, 'target');
    assert.equal(answer.status, 200, from);
    assert.equal(element('ETag', answer), `&quot;${createHash('md5').update('odd').digest('hex')}&quot;`);
    assert.equal((await get('target')).body.toString(), 'odd');
  }
});

test('a source that is none is refused with what is wrong with it', async () => {
  await put('source', 'x');
  for (const [from, code] of [
    ['', 'InvalidArgument'],
    ['/', 'InvalidArgument'],
    ['pictures', 'InvalidArgument'],
    ['pictures/', 'InvalidArgument'],
    ['//source', 'InvalidArgument'],
    ['pictures/%%', 'InvalidArgument'],
    ['pictures/a%00', 'InvalidArgument'],
    [`pictures/${'a'.repeat(1025)}`, 'KeyTooLongError'],
    ['pictures/none', 'NoSuchKey'],
    ['nowhere/source', 'NoSuchBucket'],
    ['pictures/source?versionId=nonsense', 'InvalidArgument'],
    ['pictures/source?versionId=v5n1PPUjOCMHLyyfq0ayjoZ5RZLfVQKA', 'NoSuchVersion'],
  ] as const) {
    assert.equal((await copy(from, 'target')).code, code, from);
  }
  assert.equal(
    (await send({ method: 'PUT', url: '/nowhere/a', headers: { 'x-amz-copy-source': 'pictures/source' } })).code,
    'NoSuchBucket',
  );
});

test('replaced metadata leaves nothing of the old; tags go their own way', async () => {
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-cache', 'x-amz-meta-a': 'b', 'x-amz-tagging': 't=1' };
  await put('described', 'x', { ...headers, 'x-amz-storage-class': 'STANDARD_IA', 'x-amz-website-redirect-location': '/a' });
  await copy('pictures/described', 'kept', { 'x-amz-meta-c': 'ignored', 'x-amz-tagging': 'ignored=1' });
  const kept = (await get('kept')).headers;
  assert.deepEqual([kept['content-type'], kept['cache-control'], kept['x-amz-meta-a']], ['text/plain', 'no-cache', 'b']);
  assert.deepEqual([kept['x-amz-meta-c'], kept['x-amz-tagging-count']], [undefined, '1']);
  // What S3 never copies.
  assert.deepEqual([kept['x-amz-storage-class'], kept['x-amz-website-redirect-location']], [undefined, undefined]);
  await copy('pictures/described', 'replaced', { 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-c': 'd' });
  const replaced = (await get('replaced')).headers;
  assert.deepEqual([replaced['content-type'], replaced['cache-control']], ['binary/octet-stream', undefined]);
  assert.deepEqual([replaced['x-amz-meta-a'], replaced['x-amz-meta-c'], replaced['x-amz-tagging-count']], [undefined, 'd', '1']);
  const retag = { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'u=1&v=2' };
  await copy('pictures/described', 'retagged', retag);
  assert.equal((await get('retagged')).headers['x-amz-tagging-count'], '2');
  for (const name of ['x-amz-metadata-directive', 'x-amz-tagging-directive']) {
    assert.equal((await copy('pictures/described', 'kept', { [name]: 'NONSENSE' })).code, 'InvalidArgument');
  }
});

test('a copy onto itself must change metadata, class or redirect', async () => {
  await put('itself', 'x', { 'x-amz-meta-a': 'b' });
  assert.equal((await copy('pictures/itself', 'itself')).code, 'InvalidRequest');
  const retag = { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'u=1' };
  assert.equal((await copy('pictures/itself', 'itself', retag)).code, 'InvalidRequest');
  assert.equal((await copy('pictures/itself', 'itself', { 'x-amz-storage-class': 'STANDARD_IA' })).status, 200);
  assert.equal((await copy('pictures/itself', 'itself', { 'x-amz-website-redirect-location': '/b' })).status, 200);
  const { headers, body } = await get('itself');
  assert.deepEqual([headers['x-amz-meta-a'], headers['x-amz-website-redirect-location'], String(body)], ['b', '/b', 'x']);
});

test('conditions on the source are met in the order of HTTP, and none of them says Not Modified', async () => {
  await put('source', 'x');
  const etag = String((await get('source')).headers.etag);
  const past = 'Sat, 01 Jan 2000 00:00:00 GMT';
  const future = new Date(Date.now() + 3_600_000).toUTCString();
  const when = (conditions: Record<string, string>) => {
    const headers = Object.entries(conditions).map(([name, value]) => [`x-amz-copy-source-if-${name}`, value]);
    return copy('pictures/source', 'target', Object.fromEntries(headers));
  };
  for (const conditions of [
    { match: etag },
    { match: etag, 'unmodified-since': past },
    { 'none-match': '"other"', 'modified-since': future },
    { 'unmodified-since': future },
    { 'modified-since': past },
  ]) {
    assert.equal((await when(conditions)).status, 200, JSON.stringify(conditions));
  }
  for (const [conditions, named] of [
    [{ match: '"other"' }, 'If-Match'],
    [{ 'none-match': etag, 'modified-since': past }, 'If-None-Match'],
    [{ 'unmodified-since': past }, 'If-Unmodified-Since'],
    [{ 'modified-since': future }, 'If-Modified-Since'],
  ] as const) {
    const answer = await when(conditions);
    assert.deepEqual([answer.status, element('Condition', answer)], [412, `x-amz-copy-source-${named}`]);
  }
});

test('conditions on the target decide as with any write', async () => {
  await put('source', 'x');
  await put('there', 'y');
  assert.equal((await copy('pictures/source', 'there', { 'if-none-match': '*' })).code, 'PreconditionFailed');
  assert.equal((await copy('pictures/source', 'there', { 'if-match': '"other"' })).code, 'PreconditionFailed');
  assert.equal((await copy('pictures/source', 'fresh', { 'if-none-match': '*' })).status, 200);
  assert.equal((await get('there')).body.toString(), 'y');
});

test('a copy has the checksum of its source, or the one that is asked for', async () => {
  await put('source', 'body', { 'x-amz-checksum-crc32': CRC32 });
  const sha256 = createHash('sha256').update('body').digest('base64');
  assert.equal(element('ChecksumCRC32', await copy('pictures/source', 'same')), CRC32);
  const other = await copy('pictures/source', 'other', { 'x-amz-checksum-algorithm': 'SHA256' });
  assert.deepEqual([element('ChecksumSHA256', other), element('ChecksumType', other)], [sha256, 'FULL_OBJECT']);
  const { headers } = await get('other', { 'x-amz-checksum-mode': 'ENABLED' });
  assert.deepEqual([headers['x-amz-checksum-sha256'], headers['x-amz-checksum-crc32']], [sha256, undefined]);
  assert.equal((await copy('pictures/source', 'other', { 'x-amz-checksum-algorithm': 'NONE' })).code, 'InvalidRequest');
});
