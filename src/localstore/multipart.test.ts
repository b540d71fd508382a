// Multipart uploads through the real endpoint.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';

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

async function begin(Key: string, more: object = {}): Promise<string> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  assert.ok(UploadId);
  return UploadId;
}

async function part(Key: string, UploadId: string, PartNumber: number, Body: Buffer, more: object = {}) {
  const { $metadata, ...sent } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }));
  return { ...sent, PartNumber };
}

function complete(Key: string, UploadId: string, Parts: object[], more: object = {}) {
  return s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));
}

async function bytesOf(Key: string, more: object = {}): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
const code = (expected: string) => (error: { name: string }) => error.name === expected;

test('parts become one object with headers, checksums and the ETag of S3', async () => {
  const pieces = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(1000)];
  const id = await begin('whole', {
    ContentType: 'image/tiff',
    Metadata: { a: 'b' },
    ChecksumAlgorithm: 'CRC32',
    Tagging: 't=1',
  });
  const parts = await Promise.all(pieces.map((bytes, at) => part('whole', id, at + 1, bytes, { ChecksumAlgorithm: 'CRC32' })));
  store.changes.length = 0;
  const { ETag } = await complete('whole', id, parts);
  assert.equal(ETag, `"${md5(Buffer.concat(pieces.map(md5))).toString('hex')}-3"`);
  const body = Buffer.concat(pieces);
  assert.deepEqual(await bytesOf('whole'), body);
  assert.deepEqual(await bytesOf('whole', { Range: 'bytes=5242870-5242890' }), body.subarray(5_242_870, 5_242_891));
  assert.deepEqual(await bytesOf('whole', { PartNumber: 3 }), pieces[2]);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'whole', ChecksumMode: 'ENABLED', PartNumber: 1 }));
  assert.deepEqual([head.PartsCount, head.ContentType, head.Metadata], [3, 'image/tiff', { a: 'b' }]);
  const attributes = { Bucket, Key: 'whole', ObjectAttributes: ['ObjectParts', 'Checksum'] as ('ObjectParts' | 'Checksum')[] };
  const { Checksum, ObjectParts } = await s3.send(new GetObjectAttributesCommand(attributes));
  assert.match(Checksum?.ChecksumCRC32 ?? '', /-3$/);
  assert.deepEqual(
    ObjectParts?.Parts?.map((one) => one.Size),
    [5 * MIB, 5 * MIB, 1000],
  );
  assert.deepEqual(
    store.changes.map(({ key, kind, size }) => ({ key, kind, size })),
    [{ key: 'whole', kind: 'put', size: body.length }],
  );
  // The answer may have been lost: the same request once more is the same success, until the object is another.
  store.changes.length = 0;
  assert.equal((await complete('whole', id, parts)).ETag, ETag);
  assert.deepEqual(store.changes, []);
  await assert.rejects(complete('whole', id, parts.slice(0, 2)), code('NoSuchUpload'));
  await assert.rejects(part('whole', id, 4, Buffer.from('x')), code('NoSuchUpload'));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: 'another' }));
  await assert.rejects(complete('whole', id, parts), code('NoSuchUpload'));
});

test('the checksum of the full object is computed from those of the parts', async () => {
  const pieces = [randomBytes(5 * MIB), randomBytes(777)];
  const how = { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' };
  const id = await begin('full', how);
  const parts = await Promise.all(pieces.map((bytes, at) => part('full', id, at + 1, bytes, { ChecksumAlgorithm: 'CRC64NVME' })));
  const whole = await s3.send(
    new PutObjectCommand({ Bucket, Key: 'same', Body: Buffer.concat(pieces), ChecksumAlgorithm: 'CRC64NVME' }),
  );
  // It was taken for the checksum of the list of parts, and no upload with one could be completed.
  const { ChecksumCRC64NVME } = whole;
  const wrong = { ChecksumType: 'FULL_OBJECT', ChecksumCRC64NVME: 'AAAAAAAAAAA=' };
  await assert.rejects(complete('full', id, parts, wrong), code('BadDigest'));
  const done = await complete('full', id, parts, { ChecksumType: 'FULL_OBJECT', ChecksumCRC64NVME });
  assert.equal(done.ChecksumCRC64NVME, ChecksumCRC64NVME);
});

test('small parts, wrong ETags, missing parts and wrong order are refused, and the upload stays', async () => {
  const id = await begin('refused');
  const small = await part('refused', id, 1, Buffer.from('small'));
  const last = await part('refused', id, 3, Buffer.from('last'));
  await assert.rejects(complete('refused', id, [small, last]), code('EntityTooSmall'));
  await assert.rejects(complete('refused', id, [{ ...small, ETag: '"0"' }]), code('InvalidPart'));
  await assert.rejects(complete('refused', id, [small, { ...last, PartNumber: 2 }]), code('InvalidPart'));
  await assert.rejects(complete('refused', id, [last, small]), code('InvalidPartOrder'));
  await assert.rejects(complete('refused', id, []), code('MalformedXML'));
  await assert.rejects(part('refused', id, 10_001, Buffer.from('x')), code('InvalidArgument'));
  await assert.rejects(part('refused', 'none', 1, Buffer.from('x')), code('NoSuchUpload'));
  await assert.rejects(part('other', id, 1, Buffer.from('x')), code('NoSuchUpload'));
  await complete('refused', id, [small]);
  assert.equal((await bytesOf('refused')).toString(), 'small');
});

test('a part sent again replaces the one before; parts left out are dropped', async () => {
  const id = await begin('again');
  await part('again', id, 1, Buffer.from('first'));
  const again = await part('again', id, 1, Buffer.from('second'));
  await part('again', id, 2, Buffer.from('left out'));
  await complete('again', id, [again]);
  assert.equal((await bytesOf('again')).toString(), 'second');
});

test('parts and uploads are listed in pages, and gone after the abort', async () => {
  const ids = [await begin('list/a'), await begin('list/a'), await begin('list/b/c')];
  for (const number of [1, 2, 5]) await part('list/a', ids[0] ?? '', number, Buffer.from(`part ${number}`));
  const first = await s3.send(new ListPartsCommand({ Bucket, Key: 'list/a', UploadId: ids[0], MaxParts: 2 }));
  assert.deepEqual(
    first.Parts?.map((one) => [one.PartNumber, one.Size]),
    [
      [1, 6],
      [2, 6],
    ],
  );
  assert.equal(first.IsTruncated, true);
  const rest = { Bucket, Key: 'list/a', UploadId: ids[0], PartNumberMarker: first.NextPartNumberMarker };
  assert.deepEqual(
    (await s3.send(new ListPartsCommand(rest))).Parts?.map((one) => one.PartNumber),
    [5],
  );
  const seen: string[] = [];
  let markers = {};
  for (;;) {
    const page = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'list/', MaxUploads: 1, ...markers }));
    seen.push(...(page.Uploads ?? []).map((one) => one.UploadId ?? ''));
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    if (!page.IsTruncated) break;
  }
  assert.deepEqual(seen, ids);
  const folded = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'list/', Delimiter: '/' }));
  assert.deepEqual(folded.CommonPrefixes, [{ Prefix: 'list/b/' }]);
  for (const [at, Key] of ['list/a', 'list/a', 'list/b/c'].entries()) {
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: ids[at] }));
  }
  await assert.rejects(s3.send(new ListPartsCommand(rest)), code('NoSuchUpload'));
});

test('parts are copied from objects, whole or in ranges, from objects in parts too', async () => {
  const source = randomBytes(11 * MIB);
  const upload = new Upload({ client: s3, params: { Bucket, Key: 'source', Body: source }, partSize: 5 * MIB });
  await upload.done();
  const id = await begin('assembled');
  const copy = (PartNumber: number, CopySourceRange?: string) =>
    s3.send(
      new UploadPartCopyCommand({
        ...{ Bucket, Key: 'assembled', UploadId: id, PartNumber, CopySource: `${Bucket}/source` },
        ...(CopySourceRange && { CopySourceRange }),
      }),
    );
  const one = await copy(1);
  const two = await copy(2, `bytes=${4 * MIB}-${6 * MIB - 1}`);
  await assert.rejects(copy(3, `bytes=0-${source.length}`), code('InvalidArgument'));
  await complete('assembled', id, [
    { PartNumber: 1, ETag: one.CopyPartResult?.ETag },
    { PartNumber: 2, ETag: two.CopyPartResult?.ETag },
  ]);
  const expected = Buffer.concat([source, source.subarray(4 * MIB, 6 * MIB)]);
  assert.ok((await bytesOf('assembled')).equals(expected));
});

test('an upload may only create where that is asked', async () => {
  const id = await begin('only once');
  const first = await part('only once', id, 1, Buffer.from('x'));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'only once', Body: 'there' }));
  await assert.rejects(complete('only once', id, [first], { IfNoneMatch: '*' }), code('PreconditionFailed'));
  assert.equal((await bytesOf('only once')).toString(), 'there');
});
