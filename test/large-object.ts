// Objects of gigabytes, made and checked piece by piece, and the memory of whoever serves them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

export interface ObjectName {
  Bucket: string;
  Key: string;
}

const BLOCK = 1024 * 1024;
const PART = 16 * BLOCK;
const noise = randomBytes(BLOCK);

/** The bytes of an object of so many MiB: noise, in which each block has its number. */
function* blocks(megabytes: number): Generator<Buffer> {
  for (let number = 0; number < megabytes; number++) {
    const block = Buffer.from(noise);
    block.writeUInt32BE(number);
    yield block;
  }
}

/** One PUT to a presigned URL. @param s3 with `requestChecksumCalculation: 'WHEN_REQUIRED'`, or the URL has an empty body's checksum */
export async function putLarge(s3: S3Client, object: ObjectName, megabytes: number): Promise<void> {
  const url = await getSignedUrl(s3, new PutObjectCommand(object), { expiresIn: 3600 });
  const headers = { 'content-length': megabytes * BLOCK };
  const sent = request(url, { method: 'PUT', headers });
  const answered = new Promise<number>((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
  });
  await pipeline(Readable.from(blocks(megabytes), { highWaterMark: 2 }), sent);
  assert.equal(await answered, 200);
}

/** A multipart upload, four parts of 16 MiB at a time. */
export async function uploadLarge(s3: S3Client, object: ObjectName, megabytes: number): Promise<void> {
  const Body = Readable.from(blocks(megabytes), { highWaterMark: 2 });
  await new Upload({ client: s3, params: { ...object, Body }, partSize: PART, queueSize: 4 }).done();
}

/** Reads everything and compares it. */
export async function checkLarge(s3: S3Client, object: ObjectName, megabytes: number): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand(object));
  const expected = blocks(megabytes);
  let block = Buffer.alloc(0);
  let at = 0;
  for await (const bytes of Body as Readable as AsyncIterable<Buffer>) {
    for (let from = 0; from < bytes.length; ) {
      if (at === block.length) {
        block = expected.next().value ?? assert.fail(`${object.Key} is longer than ${megabytes} MiB`);
        at = 0;
      }
      const length = Math.min(bytes.length - from, block.length - at);
      assert.ok(bytes.compare(block, at, at + length, from, from + length) === 0, `${object.Key} has other bytes`);
      from += length;
      at += length;
    }
  }
  assert.ok(at === block.length && expected.next().done, `${object.Key} is shorter than ${megabytes} MiB`);
}

/** Asks ten times a second until the work is done. @returns the most that was answered */
export async function peakOf(ask: () => Promise<number>, work: () => Promise<unknown>): Promise<number> {
  let peak = await ask();
  const timer = setInterval(async () => {
    peak = Math.max(peak, await ask());
  }, 100);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, await ask());
}
