// A load of every kind of write on one bucket, and what was acknowledged of it: for tests that end the store under it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

export interface StoreLoad {
  /** Six clients write until so many writes are acknowledged; then `end` is called, after which errors are expected. */
  run(s3: S3Client, enough: number, end: () => void): Promise<void>;
  /** Asserts that every acknowledged write is there, whole, and nothing that is half of one. */
  check(s3: S3Client): Promise<void>;
}

const CLIENTS = 6;

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function bytesOf(s3: S3Client, Bucket: string, Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

export function makeLoad(Bucket: string): StoreLoad {
  /** The digest of what was acknowledged last, by key; none where that was its removal. */
  const known = new Map<string, string>();
  /** Keys with a write under way at the end: their fate is open. */
  const open = new Set<string>();

  /** One write to a key that only this client writes to. @returns the digest of what must be there afterwards */
  async function write(s3: S3Client, step: number, Key: string, other: string): Promise<string | undefined> {
    if (step % 6 === 5) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      return undefined;
    }
    const copied = known.get(other);
    if (step % 4 === 3 && copied) {
      await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${other}` }));
      return copied;
    }
    const body = randomBytes(step % 5 === 4 ? 6_000_000 : 1 + ((step * 7919) % 200_000));
    // In parts, and in one.
    if (step % 10 === 4) await new Upload({ client: s3, params: { Bucket, Key, Body: body } }).done();
    else await s3.send(new PutObjectCommand({ Bucket, Key, Body: body }));
    return sha256(body);
  }

  return {
    async run(s3, enough, end) {
      let acknowledged = 0;
      let ended = false;
      const client = async (name: number) => {
        for (let step = 0; !ended; step++) {
          const key = `${name}/${step % 7}`;
          open.add(key);
          let left: string | undefined;
          try {
            left = await write(s3, step, key, `${name}/${(step + 1) % 7}`);
          } catch (error) {
            if (ended) return;
            throw error;
          }
          open.delete(key);
          if (left === undefined) known.delete(key);
          else known.set(key, left);
          if (++acknowledged < enough || ended) continue;
          ended = true;
          end();
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, name) => client(name)));
    },

    async check(s3) {
      assert.ok(known.size > 0);
      for (const [key, digest] of known) if (!open.has(key)) assert.equal(sha256(await bytesOf(s3, Bucket, key)), digest, key);
      for (const key of open) known.delete(key);
      // Those with an open fate are one version or the other, never a mixture: a torn one would fail its ETag or length.
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
        for (const { Key = '', ETag, Size } of Contents) {
          const bytes = await bytesOf(s3, Bucket, Key);
          assert.equal(bytes.length, Size);
          if (!ETag?.includes('-')) assert.equal(`"${createHash('md5').update(bytes).digest('hex')}"`, ETag);
          assert.ok(known.has(Key) || open.has(Key), `${Key} was removed`);
          known.set(Key, sha256(bytes));
        }
      }
      open.clear();
    },
  };
}
