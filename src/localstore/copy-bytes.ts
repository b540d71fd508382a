// Copying a run of stored bytes into a new blob, with its hashes, for parts that are copied from objects; and the hashing alone.
import { createHash } from 'node:crypto';
import type { Blobs } from './blobs.ts';
import type { ReceivedBlob } from './body.ts';
import { startDigest } from './checksum.ts';
import { openBytes, type Segment } from './send-bytes.ts';
import type { ChecksumAlgorithm } from './tables.ts';

/** Copies segments that the caller holds. Nothing is left where it throws. */
export async function copyBytes(
  blobs: Blobs,
  segments: readonly Segment[],
  algorithm: ChecksumAlgorithm | null,
): Promise<ReceivedBlob> {
  const md5 = createHash('md5');
  const digest = algorithm && startDigest(algorithm);
  let size = 0;
  let blob: string | null = null;
  const source = await openBytes(segments, blobs.path);
  try {
    const to = await blobs.create();
    try {
      for (let bytes = await source.next(); bytes; bytes = await source.next()) {
        md5.update(bytes);
        digest?.update(bytes);
        size += bytes.length;
        // The source fills the same buffers again.
        await to.write(Buffer.from(bytes));
      }
      if (size > 0) blob = await to.finish();
      else await to.abort();
    } catch (error) {
      await to.abort();
      throw error;
    }
  } finally {
    source.close();
  }
  return {
    blob,
    size,
    md5: md5.digest('hex'),
    checksum: digest && algorithm ? { algorithm, value: digest.digest() } : undefined,
  };
}

/** The checksum of segments that the caller holds, in base64. */
export async function digestBytes(blobs: Blobs, segments: readonly Segment[], algorithm: ChecksumAlgorithm): Promise<string> {
  const digest = startDigest(algorithm);
  const source = await openBytes(segments, blobs.path);
  try {
    for (let bytes = await source.next(); bytes; bytes = await source.next()) digest.update(bytes);
  } finally {
    source.close();
  }
  return digest.digest();
}
