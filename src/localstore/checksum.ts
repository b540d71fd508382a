// The checksums that S3 clients may send with a body: which one, computing it, and those of objects made of parts.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Crc64, combineCrcs, crc32c, crc64nvme } from './crc.ts';
import { invalidArgument, S3Error } from './s3-error.ts';
import type { ChecksumAlgorithm, StoredChecksum } from './tables.ts';

const BYTES: Record<ChecksumAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };
export const CHECKSUM_ALGORITHMS = Object.keys(BYTES) as ChecksumAlgorithm[];

/** Something that bytes are fed into. */
export interface Digest {
  update(bytes: Uint8Array): void;
  /** Base64. */
  digest(): string;
}

export function startDigest(algorithm: ChecksumAlgorithm): Digest {
  if (algorithm === 'SHA1' || algorithm === 'SHA256') {
    const sha = createHash(algorithm.toLowerCase());
    return { update: (bytes) => void sha.update(bytes), digest: () => sha.digest('base64') };
  }
  if (algorithm === 'CRC64NVME') {
    const crc: Crc64 = [0, 0];
    const digest = () => {
      const out = Buffer.alloc(8);
      out.writeInt32BE(crc[1] | 0, 0);
      out.writeInt32BE(crc[0] | 0, 4);
      return out.toString('base64');
    };
    return { update: (bytes) => crc64nvme(bytes, crc), digest };
  }
  const step = algorithm === 'CRC32' ? crc32 : crc32c;
  let crc = 0;
  const digest = () => {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(crc);
    return out.toString('base64');
  };
  return {
    update: (bytes) => {
      crc = step(bytes, crc);
    },
    digest,
  };
}

/** `CRC32` → `x-amz-checksum-crc32` */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** `CRC32` → `ChecksumCRC32`, the name of the element in XML. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/** Throws `InvalidRequest` for an algorithm that S3 does not have. @param name the header it came in */
export function parseAlgorithm(text: string, name: string): ChecksumAlgorithm {
  const algorithm = text.toUpperCase() as ChecksumAlgorithm;
  if (algorithm in BYTES) return algorithm;
  throw invalidArgument(name, text, `Value for ${name} header is invalid. Known are ${CHECKSUM_ALGORITHMS.join(', ')}.`);
}

/** True where it is the base64 of as many bytes as the algorithm has. */
export function isChecksum(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === BYTES[algorithm] && bytes.toString('base64') === value;
}

/** What a request says about the checksum of its body. */
export interface ExpectedChecksum {
  algorithm: ChecksumAlgorithm;
  /** Undefined where it comes in the trailer. */
  value: string | undefined;
}

/** Reads the checksum headers of a request; undefined where it has none. Throws `InvalidRequest` on contradictions. */
export function expectedChecksum(headers: Readonly<Record<string, string>>): ExpectedChecksum | undefined {
  const given = CHECKSUM_ALGORITHMS.filter((algorithm) => checksumHeader(algorithm) in headers);
  const trailers = (headers['x-amz-trailer'] ?? '').split(',').map((name) => name.trim().toLowerCase());
  const trailing = CHECKSUM_ALGORITHMS.filter((algorithm) => trailers.includes(checksumHeader(algorithm)));
  const [algorithm, ...others] = [...given, ...trailing];
  const announced = headers['x-amz-sdk-checksum-algorithm'];
  if (others.length > 0) {
    throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed.');
  }
  if (!algorithm) {
    if (announced !== undefined) {
      parseAlgorithm(announced, 'x-amz-sdk-checksum-algorithm');
      throw new S3Error(
        'InvalidRequest',
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
      );
    }
    return undefined;
  }
  const value = headers[checksumHeader(algorithm)];
  if (value !== undefined && !isChecksum(algorithm, value)) throw invalidChecksum(algorithm);
  return { algorithm, value };
}

export function invalidChecksum(algorithm: ChecksumAlgorithm): S3Error {
  return new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

/** The checksum of an object made of parts. Throws `InvalidRequest` where a part has none, or the kind does not combine. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: StoredChecksum['type'],
  parts: readonly { size: number; checksum: string | null }[],
): StoredChecksum {
  const values = parts.map((part) => {
    if (part.checksum === null)
      throw new S3Error('InvalidRequest', 'A part has no checksum though the upload was begun with one.');
    return Buffer.from(part.checksum, 'base64');
  });
  if (type === 'COMPOSITE') {
    const digest = startDigest(algorithm);
    for (const value of values) digest.update(value);
    return { algorithm, value: `${digest.digest()}-${parts.length}`, type };
  }
  if (algorithm === 'SHA1' || algorithm === 'SHA256') {
    throw new S3Error('InvalidRequest', `The FULL_OBJECT checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  }
  const pieces = values.map((value, at) => ({ crc: BigInt(`0x${value.toString('hex')}`), length: parts[at]?.size ?? 0 }));
  const whole = combineCrcs(algorithm, pieces);
  const hex = whole.toString(16).padStart(BYTES[algorithm] * 2, '0');
  return { algorithm, value: Buffer.from(hex, 'hex').toString('base64'), type };
}
