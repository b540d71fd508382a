// What is said about a body is verified, and every way in which it does not hold has S3's own answer.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawAnswer, type RawRequest, rawRequest } from '../../test/s3-request.ts';
import { CHECKSUM_ALGORITHMS, checksumHeader, startDigest } from './checksum.ts';
import type { ChecksumAlgorithm } from './tables.ts';

let store: TestStore;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);
const put = (headers: Record<string, string> = {}, more: Partial<RawRequest> = {}) =>
  send({ method: 'PUT', url: '/pictures/a', body: 'body', headers, ...more });
const element = (name: string, { body }: RawAnswer) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body.toString())?.[1];
const md5 = (text: string) => createHash('md5').update(text).digest('base64');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function sum(algorithm: ChecksumAlgorithm, text: string): string {
  const digest = startDigest(algorithm);
  digest.update(Buffer.from(text));
  return digest.digest();
}

test('a digest that is malformed and one that is wrong are told apart, with what was said and what was seen', async () => {
  for (const given of ['nonsense', '', 'YWJyYWNhZGFicmE=']) {
    const answer = await put({ 'content-md5': given });
    assert.deepEqual([answer.status, answer.code, element('Content-MD5', answer)], [400, 'InvalidDigest', given]);
  }
  const wrong = await put({ 'content-md5': md5('other') });
  assert.deepEqual(
    [wrong.code, element('ExpectedDigest', wrong), element('CalculatedDigest', wrong)],
    ['BadDigest', md5('other'), md5('body')],
  );
  const sha = await put({}, { payloadHash: sha256('other') });
  const said = [element('ClientComputedContentSHA256', sha), element('S3ComputedContentSHA256', sha)];
  assert.deepEqual([sha.code, ...said], ['XAmzContentSHA256Mismatch', sha256('other'), sha256('body')]);
  assert.equal((await put({ 'content-md5': md5('body') })).status, 200);
});

test('every checksum is verified, kept and given back, in the head and behind the body', async () => {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const name = checksumHeader(algorithm);
    const good = await put({ [name]: sum(algorithm, 'body') });
    assert.deepEqual([good.status, good.headers[name]], [200, sum(algorithm, 'body')], algorithm);
    assert.equal(good.headers['x-amz-checksum-type'], 'FULL_OBJECT');
    const read = await send({ url: '/pictures/a', headers: { 'x-amz-checksum-mode': 'ENABLED' } });
    assert.equal(read.headers[name], sum(algorithm, 'body'));
    assert.equal((await send({ url: '/pictures/a' })).headers[name], undefined);
    assert.equal((await put({ [name]: sum(algorithm, 'other') })).code, 'BadDigest', algorithm);
    assert.equal((await put({ [name]: 'AAA=' })).code, 'InvalidRequest', algorithm);
    assert.equal((await trailed('body', name, sum(algorithm, 'body'))).status, 200, algorithm);
    assert.equal((await trailed('body', name, sum(algorithm, 'other'))).code, 'BadDigest', algorithm);
    assert.equal((await trailed('body', name, 'AAA=')).code, 'InvalidRequest', algorithm);
  }
});

test('contradictions about the checksum are refused, and one that cannot be verified is not overlooked', async () => {
  const crc32 = { 'x-amz-checksum-crc32': sum('CRC32', 'body') };
  const announced = 'x-amz-sdk-checksum-algorithm';
  assert.equal((await put({ ...crc32, 'x-amz-checksum-sha1': sum('SHA1', 'body') })).code, 'InvalidRequest');
  assert.equal((await put({ ...crc32, [announced]: 'SHA1' })).code, 'InvalidRequest');
  assert.equal((await put({ ...crc32, [announced]: 'NONE' })).code, 'InvalidRequest');
  assert.equal((await put({ [announced]: 'SHA1' })).code, 'InvalidRequest');
  assert.equal((await put({ ...crc32, [announced]: 'crc32' })).status, 200);
  assert.equal((await put({ 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' })).code, 'NotImplemented');
  const both = await trailed('body', 'x-amz-checksum-crc32', sum('CRC32', 'body'), { headers: crc32 });
  assert.equal(both.code, 'InvalidRequest');
});

test('behind the body stands exactly what the head announced', async () => {
  const name = 'x-amz-checksum-crc32';
  const value = sum('CRC32', 'body');
  assert.equal((await trailed('body', undefined, undefined)).status, 200);
  assert.equal((await trailed('body', 'x-amz-checksum-sha10', value)).code, 'InvalidRequest');
  assert.equal((await trailed('body', name, undefined)).code, 'MalformedTrailerError');
  for (const sent of [`x-amz-checksum-sha1:${value}`, `:${value}`, `${name}${value}`]) {
    assert.equal((await trailed('body', name, value, { sent })).code, 'MalformedTrailerError', sent);
  }
  assert.equal((await trailed('body', undefined, undefined, { sent: `${name}:${value}` })).code, 'MalformedTrailerError');
});

test('a body of another length than announced is incomplete', async () => {
  for (const length of ['3', '5']) {
    const headers = { 'x-amz-decoded-content-length': length };
    const answer = await trailed('body', undefined, undefined, { headers });
    assert.deepEqual([answer.status, answer.code], [400, 'IncompleteBody'], length);
  }
  const headers = { 'x-amz-decoded-content-length': 'four' };
  assert.equal((await trailed('body', undefined, undefined, { headers })).code, 'InvalidArgument');
});

test('a document that is needed and missing is told from one that is malformed', async () => {
  const tags = (body: string) => send({ method: 'PUT', url: '/pictures/a?tagging', body });
  assert.equal((await tags('')).code, 'MissingRequestBodyError');
  assert.equal((await tags('<Tagging>')).code, 'MalformedXML');
});

interface Sent {
  headers?: Record<string, string>;
  /** Instead of the announced trailer. */
  sent?: string;
}

/** A PUT in unsigned chunks with a trailer behind them. */
function trailed(text: string, name: string | undefined, value: string | undefined, { headers, sent }: Sent = {}) {
  const trailer = sent ?? (value === undefined ? '' : `${name}:${value}`);
  return put(
    {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(text.length),
      ...(name !== undefined && { 'x-amz-trailer': name }),
      ...headers,
    },
    {
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      body: `${text.length.toString(16)}\r\n${text}\r\n0\r\n${trailer === '' ? '' : `${trailer}\r\n`}\r\n`,
    },
  );
}
