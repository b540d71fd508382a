// Reading: parts, versions, what is kept beside the bytes, and the answers where a read is refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  ListObjectsV2Command,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import { type RawAnswer, type RawRequest, rawRequest } from '../../test/s3-request.ts';

let store: TestStore;
let s3: S3Client;
const Bucket = 'pictures';
const MIB = 1024 * 1024;

before(async () => {
  store = await startTestStore();
  s3 = testClient(store);
  await store.store.createBucket(Bucket);
});

after(async () => {
  s3.destroy();
  await store.stop();
});

const send = (request: RawRequest) => rawRequest(store, request);
const put = (key: string, body: string, headers: Record<string, string> = {}) =>
  send({ method: 'PUT', url: `/pictures/${key}`, body, headers });
const get = (target: string, headers: Record<string, string> = {}) => send({ url: `/pictures/${target}`, headers });
const element = (name: string, { body }: RawAnswer) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body.toString())?.[1];

/** An object of the parts 1 and 3. */
async function putParts(Key: string, sizes: [number, number]): Promise<(string | undefined)[]> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' }));
  const numbered = [[1, sizes[0]] as const, [3, sizes[1]] as const];
  const Parts = [];
  for (const [PartNumber, size] of numbered) {
    const part = {
      Bucket,
      Key,
      UploadId,
      PartNumber,
      Body: Buffer.alloc(size, PartNumber),
      ChecksumAlgorithm: 'SHA256',
    } as const;
    const { ETag, ChecksumSHA256 } = await s3.send(new UploadPartCommand(part));
    Parts.push({ PartNumber, ETag, ChecksumSHA256 });
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  return Parts.map((part) => part.ChecksumSHA256);
}

test('a part is a range of the object, told with its own checksum, under the number it was uploaded with', async () => {
  const sums = await putParts('parts', [5 * MIB, 10]);
  const mode = { 'x-amz-checksum-mode': 'ENABLED' };
  const last = await get('parts?partNumber=3', mode);
  assert.deepEqual([last.status, last.body.equals(Buffer.alloc(10, 3))], [206, true]);
  assert.equal(last.headers['content-range'], `bytes ${5 * MIB}-${5 * MIB + 9}/${5 * MIB + 10}`);
  assert.equal(last.headers['x-amz-mp-parts-count'], '2');
  assert.equal(last.headers['x-amz-checksum-sha256'], sums[1]);
  const none = await get('parts?partNumber=2');
  assert.deepEqual([none.status, none.code, element('ActualPartCount', none)], [416, 'InvalidPartNumber', '2']);
  assert.equal((await get('parts?partNumber=0')).code, 'InvalidArgument');
  assert.equal((await get('parts?partNumber=1', { range: 'bytes=0-1' })).code, 'InvalidRequest');
});

test('an object that was not uploaded in parts is its own first part', async () => {
  await put('whole', '0123456789');
  const { status, headers, body } = await get('whole?partNumber=1');
  assert.deepEqual([status, headers['content-range'], String(body)], [206, 'bytes 0-9/10', '0123456789']);
  assert.equal(headers['x-amz-mp-parts-count'], undefined);
  assert.equal((await get('whole?partNumber=2')).code, 'InvalidPartNumber');
  await put('empty', '');
  assert.equal((await get('empty?partNumber=1')).status, 200);
});

// Every client took the number of parts for unknown: the element is PartsCount.
test('the attributes tell how many parts there are, and list them in pages', async () => {
  await putParts('attributes', [5 * MIB, 10]);
  const ask = (more: object = {}) =>
    s3.send(new GetObjectAttributesCommand({ Bucket, Key: 'attributes', ObjectAttributes: ['ObjectParts'], ...more }));
  const first = (await ask({ MaxParts: 1 })).ObjectParts;
  assert.deepEqual([first?.TotalPartsCount, first?.IsTruncated, first?.NextPartNumberMarker], [2, true, '1']);
  assert.deepEqual([first?.Parts?.length, first?.Parts?.[0]?.Size], [1, 5 * MIB]);
  const rest = (await ask({ PartNumberMarker: first?.NextPartNumberMarker })).ObjectParts;
  assert.deepEqual([rest?.Parts?.map((part) => part.PartNumber), rest?.IsTruncated], [[3], false]);
  const odd = { 'x-amz-object-attributes': 'ObjectParts', 'x-amz-max-parts': 'many' };
  assert.equal((await get('attributes?attributes', odd)).status, 200);
  for (const names of ['', 'Nonsense']) {
    const refused = await get('attributes?attributes', { 'x-amz-object-attributes': names });
    assert.equal(refused.code, 'InvalidArgument');
  }
});

test('there is one version, called null', async () => {
  await put('version', 'x');
  const id = 'v5n1PPUjOCMHLyyfq0ayjoZ5RZLfVQKA';
  for (const query of ['', 'tagging&', 'attributes&']) {
    const ask = (version: string) =>
      get(`version?${query}versionId=${version}`, query.startsWith('attr') ? { 'x-amz-object-attributes': 'ETag' } : {});
    assert.equal((await ask('null')).status, 200);
    assert.equal((await ask(id)).code, 'NoSuchVersion');
    assert.equal((await ask('nonsense')).code, 'InvalidArgument');
    assert.equal((await ask('')).code, 'InvalidArgument');
  }
  const remove = (version: string) => send({ method: 'DELETE', url: `/pictures/version?versionId=${version}` });
  assert.equal((await remove('nonsense')).code, 'InvalidArgument');
  assert.equal((await remove(id)).status, 204);
  const { headers } = await get('version');
  assert.equal(headers['x-amz-version-id'], undefined);
  assert.equal((await remove('null')).status, 204);
  assert.equal((await get('version')).code, 'NoSuchKey');
});

test('the storage class is a label that is given back, in listings too; archives are not pretended', async () => {
  for (const [given, told] of [
    ['STANDARD_IA', 'STANDARD_IA'],
    ['REDUCED_REDUNDANCY', 'REDUCED_REDUNDANCY'],
    ['STANDARD', undefined],
    ['DEEP_ARCHIVE', undefined],
  ] as const) {
    assert.equal((await put('class', 'x', { 'x-amz-storage-class': given })).status, 200);
    assert.equal((await get('class')).headers['x-amz-storage-class'], told);
    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'class' }));
    assert.equal(listed.Contents?.[0]?.StorageClass, told ?? 'STANDARD');
    const attributes = new GetObjectAttributesCommand({ Bucket, Key: 'class', ObjectAttributes: ['StorageClass'] });
    assert.equal((await s3.send(attributes)).StorageClass, told ?? 'STANDARD');
  }
  for (const other of ['EXPRESS_ONEZONE', 'SHELF']) {
    assert.equal((await put('class', 'x', { 'x-amz-storage-class': other })).code, 'InvalidStorageClass');
  }
});

test('what was stored without a key of the client’s is not read, nor a part written, with one', async () => {
  await put('keyless', 'x');
  const key = { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' };
  assert.equal((await get('keyless', key)).code, 'InvalidRequest');
  assert.equal((await send({ method: 'HEAD', url: '/pictures/keyless', headers: key })).status, 400);
  const part = { method: 'PUT', url: '/pictures/keyless?partNumber=1&uploadId=x', body: 'x', headers: key };
  assert.equal((await send(part)).code, 'NotImplemented');
});

test('a redirect is kept and given back, for there is nobody here to follow it', async () => {
  const redirect = 'x-amz-website-redirect-location';
  assert.equal((await put('redirect', '', { [redirect]: '/other' })).status, 200);
  const { status, headers } = await get('redirect');
  assert.deepEqual([status, headers[redirect]], [200, '/other']);
  assert.equal((await put('redirect', '', { [redirect]: 'other' })).code, 'InvalidRedirectLocation');
});

test('the condition that did not hold is named', async () => {
  await put('condition', 'x');
  const failed = await get('condition', { 'if-match': '"other"' });
  assert.deepEqual([failed.status, element('Condition', failed)], [412, 'If-Match']);
  assert.equal((await get('none', { 'if-match': '"other"' })).code, 'NoSuchKey');
  const { headers } = await get('condition');
  const etag = String(headers.etag);
  for (const unchanged of [etag, etag.slice(1, -1), '*', `W/${etag}`, `"a", ${etag}`]) {
    const answer = await get('condition', { 'if-none-match': unchanged });
    assert.deepEqual([answer.status, answer.headers.etag, answer.body.length], [304, etag, 0], unchanged);
  }
});

test('a time is read in each of the three forms of HTTP, all of them in GMT', async () => {
  await put('time', 'x');
  const then = new Date(Date.now() + 3_600_000);
  const [, day, month, year, clock] = /(\d\d) (\w{3}) (\d{4}) (.*) GMT/.exec(then.toUTCString()) ?? [];
  const name = then.toUTCString().slice(0, 3);
  const long = then.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
  for (const text of [
    then.toUTCString(),
    `${long}, ${day}-${month}-${year?.slice(2)} ${clock} GMT`,
    `${name} ${month} ${day} ${clock} ${year}`,
  ]) {
    assert.equal((await get('time', { 'if-modified-since': text })).status, 304, text);
    assert.equal((await get('time', { 'if-unmodified-since': text })).status, 200, text);
  }
});
