// What S3 refuses of multipart uploads, and in which words; checksums of parts and of the whole.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawAnswer, type RawRequest, rawRequest } from '../../test/s3-request.ts';
import { startDigest } from './checksum.ts';
import type { ChecksumAlgorithm } from './tables.ts';

let store: TestStore;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
});

after(() => store.stop());

type Headers = Record<string, string>;

const send = (request: RawRequest) => rawRequest(store, request);
const element = (name: string, { body }: RawAnswer) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body.toString())?.[1];
const etag = (text: string) => createHash('md5').update(text).digest('hex');

async function begin(key: string, headers: Headers = {}): Promise<string> {
  const answer = await send({ method: 'POST', url: `/pictures/${key}?uploads`, headers });
  assert.equal(answer.status, 200, answer.body.toString());
  return element('UploadId', answer) ?? '';
}

const put = (key: string, id: string, number: string, body = 'x', headers: Headers = {}) =>
  send({ method: 'PUT', url: `/pictures/${key}?partNumber=${number}&uploadId=${id}`, body, headers });
const finish = (key: string, id: string, body: string, headers: Headers = {}) =>
  send({ method: 'POST', url: `/pictures/${key}?uploadId=${id}`, body, headers });

/** @param more further elements of the part */
function list(...parts: [number: number | string, etag: string, more?: string][]): string {
  const written = parts.map(
    ([number, tag, more = '']) => `<Part><PartNumber>${number}</PartNumber><ETag>${tag}</ETag>${more}</Part>`,
  );
  return `<CompleteMultipartUpload>${written.join('')}</CompleteMultipartUpload>`;
}

function sum(algorithm: ChecksumAlgorithm, text: string): string {
  const digest = startDigest(algorithm);
  digest.update(Buffer.from(text, 'latin1'));
  return digest.digest();
}

test('a part needs a number from 1 to 10,000 and an upload, and never becomes the object', async () => {
  await send({ method: 'PUT', url: '/pictures/numbers', body: 'whole' });
  const id = await begin('numbers');
  for (const number of ['0', '10001', '-1', 'one', '']) {
    assert.equal((await put('numbers', id, number)).code, 'InvalidArgument', number);
  }
  assert.equal((await send({ method: 'PUT', url: `/pictures/numbers?uploadId=${id}`, body: 'x' })).code, 'InvalidArgument');
  // It was taken for a PutObject.
  assert.equal((await send({ method: 'PUT', url: '/pictures/numbers?partNumber=1', body: 'x' })).code, 'InvalidArgument');
  assert.equal((await put('numbers', '', '1')).code, 'NoSuchUpload');
  assert.equal((await put('numbers', 'none', '1')).code, 'NoSuchUpload');
  assert.equal((await put('other', id, '1')).code, 'NoSuchUpload');
  assert.equal((await send({ url: '/pictures/numbers' })).body.toString(), 'whole');
});

test('a list that is no list of the parts is refused with the part that is wrong', async () => {
  const id = await begin('refused');
  await put('refused', id, '1');
  await put('refused', id, '2');
  const x = etag('x');
  for (const [body, code] of [
    ['', 'MalformedXML'],
    [list(), 'MalformedXML'],
    ['<CompleteMultipartUpload>', 'MalformedXML'],
    [list(['', x]), 'MalformedXML'],
    ['<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>', 'MalformedXML'],
    [list([0, x]), 'InvalidArgument'],
    [list([3, x]), 'InvalidPart'],
    [list([2, x], [1, x]), 'InvalidPartOrder'],
    [list([1, x], [1, x]), 'InvalidPartOrder'],
  ] as const) {
    assert.equal((await finish('refused', id, body)).code, code, body);
  }
  const wrong = await finish('refused', id, list([1, '"abc"']));
  const named = ['UploadId', 'PartNumber', 'ETag'].map((name) => element(name, wrong));
  assert.deepEqual([wrong.code, ...named], ['InvalidPart', id, '1', 'abc']);
  const small = await finish('refused', id, list([1, x], [2, x]));
  const sizes = ['ProposedSize', 'MinSizeAllowed', 'PartNumber'].map((name) => element(name, small));
  assert.deepEqual([small.code, ...sizes], ['EntityTooSmall', '1', '5242880', '1']);
  const size = await finish('refused', id, list([1, x]), { 'x-amz-mp-object-size': '2' });
  assert.equal(size.code, 'InvalidRequest');
  assert.equal((await finish('refused', id, list([1, `&#34;${x}&#34;`]), { 'x-amz-mp-object-size': '1' })).status, 200);
});

test('no parts asked for is a page of none, and no more to come', async () => {
  const id = await begin('paged');
  await put('paged', id, '1');
  const page = await send({ url: `/pictures/paged?uploadId=${id}&max-parts=0` });
  assert.deepEqual([element('IsTruncated', page), element('PartNumber', page)], ['false', undefined]);
});

test('an upload ends once: aborted it is gone', async () => {
  const id = await begin('aborted');
  await put('aborted', id, '1');
  const abort = () => send({ method: 'DELETE', url: `/pictures/aborted?uploadId=${id}` });
  assert.equal((await abort()).status, 204);
  assert.equal((await abort()).code, 'NoSuchUpload');
  assert.equal((await put('aborted', id, '1')).code, 'NoSuchUpload');
  assert.equal((await finish('aborted', id, list([1, etag('x')]))).code, 'NoSuchUpload');
  assert.equal((await send({ url: `/pictures/aborted?uploadId=${id}` })).code, 'NoSuchUpload');
});

test('two requests that complete one upload at once are both told of the one object', async () => {
  const id = await begin('twice');
  await put('twice', id, '1');
  store.changes.length = 0;
  const answers = await Promise.all([1, 2, 3].map(() => finish('twice', id, list([1, etag('x')]))));
  for (const answer of answers)
    assert.deepEqual([answer.status, element('ETag', answer)], [200, element('ETag', answers[0] as RawAnswer)]);
  assert.equal(store.changes.length, 1);
});

test('which checksums an upload can have', async () => {
  const ask = (algorithm?: string, type?: string) => {
    const headers = { ...(algorithm && { 'x-amz-checksum-algorithm': algorithm }), ...(type && { 'x-amz-checksum-type': type }) };
    return send({ method: 'POST', url: '/pictures/kinds?uploads', headers });
  };
  for (const [algorithm, given, type] of [
    ['CRC32', undefined, 'COMPOSITE'],
    ['CRC32', 'FULL_OBJECT', 'FULL_OBJECT'],
    ['CRC32C', 'COMPOSITE', 'COMPOSITE'],
    ['CRC64NVME', undefined, 'FULL_OBJECT'],
    ['SHA1', undefined, 'COMPOSITE'],
    ['SHA256', 'COMPOSITE', 'COMPOSITE'],
  ] as const) {
    const { headers } = await ask(algorithm, given);
    assert.deepEqual([headers['x-amz-checksum-algorithm'], headers['x-amz-checksum-type']], [algorithm, type]);
  }
  for (const [algorithm, type, code] of [
    ['CRC64NVME', 'COMPOSITE', 'InvalidRequest'],
    ['SHA256', 'FULL_OBJECT', 'InvalidRequest'],
    ['NONE', undefined, 'InvalidRequest'],
    [undefined, 'FULL_OBJECT', 'InvalidRequest'],
    ['CRC32', 'HALF', 'InvalidArgument'],
  ] as const) {
    assert.equal((await ask(algorithm, type)).code, code, `${algorithm} ${type}`);
  }
});

test('a checksum over those of the parts needs one with every part, in the upload and in the list', async () => {
  const name = 'x-amz-checksum-sha256';
  const id = await begin('composite', { 'x-amz-checksum-algorithm': 'SHA256' });
  const value = sum('SHA256', 'x');
  assert.equal((await put('composite', id, '1')).code, 'InvalidRequest');
  assert.equal((await put('composite', id, '1', 'x', { 'x-amz-checksum-crc32': sum('CRC32', 'x') })).code, 'InvalidRequest');
  assert.equal((await put('composite', id, '1', 'x', { [name]: value })).headers[name], value);
  assert.equal((await finish('composite', id, list([1, etag('x')]))).code, 'InvalidRequest');
  const said = (checksum: string) => list([1, etag('x'), `<ChecksumSHA256>${checksum}</ChecksumSHA256>`]);
  assert.equal((await finish('composite', id, said(sum('SHA256', 'y')))).code, 'InvalidPart');
  const whole = sum('SHA256', Buffer.from(value, 'base64').toString('latin1'));
  assert.equal((await finish('composite', id, said(value), { [name]: 'nonsense' })).code, 'InvalidRequest');
  assert.equal((await finish('composite', id, said(value), { [name]: value })).code, 'BadDigest');
  for (const headers of [{ 'x-amz-checksum-type': 'FULL_OBJECT' }, { 'x-amz-checksum-crc32': sum('CRC32', 'x') }]) {
    assert.equal((await finish('composite', id, said(value), headers as Headers)).status, 400, JSON.stringify(headers));
  }
  const done = await finish('composite', id, said(value), { [name]: `${whole}-1`, 'x-amz-checksum-type': 'COMPOSITE' });
  assert.deepEqual([element('ChecksumSHA256', done), element('ChecksumType', done)], [`${whole}-1`, 'COMPOSITE']);
});

test('a checksum of the whole is computed from parts that were sent without; any is verified where none was asked for', async () => {
  const id = await begin('full', { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' });
  await put('full', id, '1', 'body');
  const done = await finish('full', id, list([1, etag('body')]));
  assert.equal(element('ChecksumCRC32', done), sum('CRC32', 'body'));
  const plain = await begin('plain');
  const crc32 = 'x-amz-checksum-crc32';
  assert.equal((await put('plain', plain, '1', 'body', { [crc32]: sum('CRC32', 'other') })).code, 'BadDigest');
  assert.equal((await put('plain', plain, '1', 'body', { [crc32]: sum('CRC32', 'body') })).status, 200);
  const { headers } = await send({ url: '/pictures/full', headers: { 'x-amz-checksum-mode': 'ENABLED' } });
  assert.equal(headers[crc32], sum('CRC32', 'body'));
});

test('the range of a copied part has both ends, within the source', async () => {
  await send({ method: 'PUT', url: '/pictures/source', body: '0123456789' });
  const id = await begin('ranges');
  const copy = (range: string, more: Headers = {}) => {
    const headers = { 'x-amz-copy-source': 'pictures/source', 'x-amz-copy-source-range': range, ...more };
    return send({ method: 'PUT', url: `/pictures/ranges?partNumber=1&uploadId=${id}`, headers });
  };
  for (const range of ['bytes=0-10', 'bytes=10-12', 'bytes=5-2', 'bytes=0-', 'bytes=-5', '0-9', 'bytes=a-b', 'bytes=0-1,3-4']) {
    assert.equal((await copy(range)).code, 'InvalidArgument', range);
  }
  assert.equal((await copy('bytes=0-1', { 'x-amz-copy-source-if-match': '"other"' })).code, 'PreconditionFailed');
  assert.equal(element('ETag', await copy('bytes=3-9')), `&quot;${etag('3456789')}&quot;`);
});
