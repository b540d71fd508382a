// A full disk is told in S3's words, loses nothing, and all is well again once there is room.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { makeSmallDisk } from '../../test/disk.ts';
import { startTestStore, testClient } from '../../test/local-store.ts';
import { bytesOf } from '../../test/store-load.ts';

const Bucket = 'pictures';

test('on a full disk objects and parts of any size are refused, what is there stays, and a copy needs no room', async (t) => {
  const disk = await makeSmallDisk(24);
  if (!disk) return t.skip('this user may not mount a small disk');
  const store = await startTestStore({ folder: path.join(disk.folder, 'store') });
  const s3 = testClient(store);
  try {
    await store.store.createBucket(Bucket);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body: 'before' }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: Buffer.alloc(6_000_000, 1) }));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const part = (PartNumber: number, size: number) =>
      s3.send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber, Body: Buffer.alloc(size) }));
    const { ETag } = await part(1, 5 * 1024 * 1024);
    await disk.fill();

    const full = { name: 'InsufficientStorage', $metadata: { httpStatusCode: 507 } };
    const isFull = ({ name, $metadata }: { name: string; $metadata: { httpStatusCode?: number } }) => {
      assert.deepEqual({ name, $metadata: { httpStatusCode: $metadata.httpStatusCode } }, full);
      return true;
    };
    for (const size of [10_000, 6_000_000]) {
      await assert.rejects(s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body: Buffer.alloc(size) })), isFull);
      await assert.rejects(part(1, size), isFull);
      await assert.rejects(part(2, size), isFull);
    }
    const copied = { Bucket, Key: 'parts', UploadId, PartNumber: 2, CopySource: `${Bucket}/source` };
    await assert.rejects(s3.send(new UploadPartCopyCommand(copied)), isFull);
    assert.equal((await bytesOf(s3, Bucket, 'before')).toString(), 'before');
    assert.deepEqual(await store.blobFiles(), await store.blobNames());

    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source` }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }));
    assert.deepEqual(await bytesOf(s3, Bucket, 'copy'), Buffer.alloc(6_000_000, 1));
    const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'parts' }));
    assert.equal(ContentLength, 5 * 1024 * 1024);

    await disk.makeRoom();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body: Buffer.alloc(6_000_000) }));
    assert.equal((await bytesOf(s3, Bucket, 'before')).length, 6_000_000);
  } finally {
    s3.destroy();
    await store.stop();
    await disk.remove();
  }
});
