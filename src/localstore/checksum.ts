// The checksums that S3 clients may send with a body: which one, computing it, and those of objects made of parts.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Crc64, combineCrcs, crc32c, crc64nvme } from './crc.ts';
import { S3Error } from './s3-error.ts';
import type { ChecksumAlgorithm, StoredChecksum } from './tables.ts';

const BYTES: Record<ChecksumAlgorithm, number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
};
export const CHECKSUM_ALGORITHMS = Object.keys(BYTES) as ChecksumAlgorithm[];

/** Something that bytes are fed into. */
export interface Digest {
  update(bytes: Uint8Array): void;
  /** Base64. */
  digest(): string;
}

export function startDigest(algorithm: ChecksumAlgorithm): Digest {
  if (!isCrc(algorithm)) {
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

/** CRCs of parts combine into that of the whole; hashes do not. */
export function isCrc(algorithm: ChecksumAlgorithm): algorithm is 'CRC32' | 'CRC32C' | 'CRC64NVME' {
  return algorithm.startsWith('CRC');
}

/** Undefined for an algorithm that is not known here. */
function findAlgorithm(text: string): ChecksumAlgorithm | undefined {
  const algorithm = text.toUpperCase();
  return CHECKSUM_ALGORITHMS.find((known) => known === algorithm);
}

/** What `x-amz-checksum-algorithm` asks for. Throws `InvalidRequest` for what is not known here. */
export function parseAlgorithm(text: string): ChecksumAlgorithm {
  const algorithm = findAlgorithm(text);
  if (algorithm) return algorithm;
  const known = CHECKSUM_ALGORITHMS.join(', ');
  throw new S3Error('InvalidRequest', `Checksum algorithm provided is unsupported. Please try again with any of: [${known}]`);
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

const PREFIX = 'x-amz-checksum-';
/** Headers that begin like those of checksums and are none. */
const ABOUT = ['x-amz-checksum-algorithm', 'x-amz-checksum-mode', 'x-amz-checksum-type'];

/** The algorithms that headers name. Throws `NotImplemented` for one that could not be verified, and would be overlooked. */
function named(names: string[]): ChecksumAlgorithm[] {
  return names.flatMap((name) => {
    if (!name.startsWith(PREFIX) || ABOUT.includes(name)) return [];
    const algorithm = findAlgorithm(name.slice(PREFIX.length));
    if (!algorithm) throw new S3Error('NotImplemented', undefined, { details: { Header: name.slice(0, 100) } });
    return [algorithm];
  });
}

/** Reads the checksum headers of a request; undefined where it has none. Throws `InvalidRequest` on contradictions. */
export function expectedChecksum(headers: Readonly<Record<string, string>>): ExpectedChecksum | undefined {
  const [algorithm, ...others] = [...named(Object.keys(headers)), ...trailing(headers['x-amz-trailer'])];
  if (others.length > 0) {
    throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  checkAnnounced(headers[ANNOUNCED], algorithm);
  if (!algorithm) return undefined;
  const value = headers[checksumHeader(algorithm)];
  if (value !== undefined && !isChecksum(algorithm, value)) throw invalidChecksum(algorithm);
  return { algorithm, value };
}

const ANNOUNCED = 'x-amz-sdk-checksum-algorithm';

/** SDKs say which checksum they send: another one, or none, is a mistake. */
function checkAnnounced(text: string | undefined, sent: ChecksumAlgorithm | undefined): void {
  if (text === undefined) return;
  const announced = findAlgorithm(text);
  if (!announced || (sent && sent !== announced)) {
    throw new S3Error('InvalidRequest', `Value for ${ANNOUNCED} header is invalid.`);
  }
  if (!sent) {
    throw new S3Error(
      'InvalidRequest',
      `${ANNOUNCED} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`,
    );
  }
}

/** What `x-amz-trailer` announces: checksums, for S3 knows no other trailers. */
function trailing(header: string | undefined): ChecksumAlgorithm[] {
  if (header === undefined) return [];
  const names = header.split(',').map((name) => name.trim().toLowerCase());
  if (names.some((name) => !name.startsWith(PREFIX) || !findAlgorithm(name.slice(PREFIX.length)))) {
    throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
  }
  return named(names);
}

export function invalidChecksum(algorithm: ChecksumAlgorithm, trailing = false): S3Error {
  const where = trailing ? 'trailing header' : 'header';
  return new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} ${where} is invalid.`);
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
  if (!isCrc(algorithm)) {
    throw new S3Error('InvalidRequest', `The FULL_OBJECT checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  }
  const pieces = values.map((value, at) => ({ crc: BigInt(`0x${value.toString('hex')}`), length: parts[at]?.size ?? 0 }));
  const whole = combineCrcs(algorithm, pieces);
  const hex = whole.toString(16).padStart(BYTES[algorithm] * 2, '0');
  return { algorithm, value: Buffer.from(hex, 'hex').toString('base64'), type };
}
