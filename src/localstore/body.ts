// Receiving bodies: taken off the wire in the framing they come in, and believed only once everything said about them holds.
import { createHash } from 'node:crypto';
import type { BlobWriter } from './blob-writer.ts';
import type { Call } from './call.ts';
import {
  checksumHeader,
  type Digest,
  type ExpectedChecksum,
  expectedChecksum,
  invalidChecksum,
  isChecksum,
  startDigest,
} from './checksum.ts';
import { ChunkDecoder } from './chunked.ts';
import { release, reserve } from './memory.ts';
import { inTurn, readRequest, type Take } from './read-request.ts';
import { S3Error, type S3ErrorCode } from './s3-error.ts';
import type { ChecksumAlgorithm } from './tables.ts';

/** Bodies up to this many bytes are held in memory and written in one go. */
const SMALL = 4 * 1024 * 1024;
/** S3's limit for one PUT or part. */
export const MAX_BODY = 5 * 1024 ** 3;

export interface ReceivedBlob {
  /** Durable, to be settled or discarded; null for an empty body. */
  blob: string | null;
  size: number;
  /** Hex. */
  md5: string;
  checksum: { algorithm: ChecksumAlgorithm; value: string } | undefined;
}

type Read = (take: Take) => Promise<void>;

/** Where the bytes come from. */
interface Source {
  /** How many there are at most; undefined where nobody has said. */
  atMost: number | undefined;
  read: Read;
}

/**
 * Receives a blob. Nothing is left where it throws.
 * @param extra an algorithm to compute though none was sent @param source instead of the body of the request
 */
export async function receiveBlob(call: Call, extra?: ChecksumAlgorithm, source = wholeBody(call)): Promise<ReceivedBlob> {
  const { atMost } = source;
  if (atMost !== undefined && atMost > MAX_BODY) {
    const details = { ProposedSize: String(atMost), MaxSizeAllowed: String(MAX_BODY) };
    throw new S3Error('EntityTooLarge', undefined, { details });
  }
  const giveBack = atMost !== undefined && atMost <= SMALL ? reserve(atMost) : undefined;
  if (atMost !== undefined && giveBack) return receiveSmall(call, source.read, atMost, extra).finally(giveBack);
  let writer: BlobWriter | undefined;
  try {
    const to = await call.services.blobs.create();
    writer = to;
    const want = { md5: true, extra, limit: MAX_BODY, tooLong: 'EntityTooLarge' } as const;
    const seen = await readBody(call, source.read, (bytes) => to.write(bytes), want);
    if (seen.size === 0) {
      await to.abort();
      return { ...seen, blob: null };
    }
    return { ...seen, blob: await to.finish() };
  } catch (error) {
    await writer?.abort();
    throw error;
  }
}

function wholeBody(call: Call): Source {
  return { atMost: declaredLength(call), read: requestOf(call) };
}

function requestOf({ request }: Call): Read {
  return (take) => readRequest(request, take);
}

async function receiveSmall(call: Call, read: Read, limit: number, extra?: ChecksumAlgorithm): Promise<ReceivedBlob> {
  const held: Buffer[] = [];
  const want = { md5: true, extra, limit, tooLong: 'IncompleteBody' } as const;
  const seen = await readBody(call, read, (bytes) => void held.push(bytes), want);
  const blob = seen.size === 0 ? null : await call.services.blobs.write(held);
  for (const bytes of held) release(bytes);
  return { ...seen, blob };
}

/**
 * Receives a small document. Throws `MaxMessageLengthExceeded` above `limit` bytes.
 * @param checksums whose checksums the headers have: the document's, or those of the object that it speaks of
 */
export async function receiveDocument(call: Call, limit: number, checksums: 'its' | 'objects' = 'its'): Promise<Buffer> {
  const held: Buffer[] = [];
  const want = { md5: false, limit, tooLong: 'MaxMessageLengthExceeded', unchecked: checksums === 'objects' } as const;
  await readBody(call, requestOf(call), (bytes) => void held.push(bytes), want);
  return Buffer.concat(held);
}

/** Bytes that will come; undefined where the client does not say. Throws `MissingContentLength` where nothing announces a body. */
function declaredLength(call: Call): number | undefined {
  const { headers } = call;
  const decoded = headers['x-amz-decoded-content-length'];
  if (call.identity.payload.chunked) {
    if (decoded === undefined) throw new S3Error('MissingContentLength');
    if (!/^\d{1,15}$/.test(decoded)) throw new S3Error('InvalidArgument', 'x-amz-decoded-content-length is not a number.');
    return Number(decoded);
  }
  const length = headers['content-length'];
  if (length !== undefined) return Number(length);
  if (headers['transfer-encoding'] !== undefined) return undefined;
  throw new S3Error('MissingContentLength');
}

interface Seen {
  size: number;
  md5: string;
  checksum: { algorithm: ChecksumAlgorithm; value: string } | undefined;
}

interface Wanted {
  md5: boolean;
  /** Computed though the client has sent none. */
  extra?: ChecksumAlgorithm | undefined;
  /** Bytes at most, and what a longer body is called. */
  limit: number;
  tooLong: S3ErrorCode;
  /** The checksum headers are of something else. */
  unchecked?: boolean;
}

async function readBody(call: Call, read: Read, take: Take, want: Wanted): Promise<Seen> {
  const { headers } = call;
  const { sha256, chunked } = call.identity.payload;
  const md5Wanted = parseMd5(headers['content-md5']);
  const expected = want.unchecked ? undefined : expectedChecksum(headers);
  const algorithm = expected?.algorithm ?? want.extra;
  const md5 = want.md5 || md5Wanted ? createHash('md5') : undefined;
  const sha = sha256 === undefined ? undefined : createHash('sha256');
  const digest: Digest | undefined = algorithm && startDigest(algorithm);
  const decoder = chunked && new ChunkDecoder(chunked.signer);

  if (call.expectsContinue) {
    call.expectsContinue = false;
    call.response.writeContinue();
  }
  let size = 0;
  const feed = (bytes: Buffer): void | Promise<void> => {
    size += bytes.length;
    if (size > want.limit) throw new S3Error(want.tooLong);
    md5?.update(bytes);
    sha?.update(bytes);
    digest?.update(bytes);
    return take(bytes);
  };
  await read(decoder ? (bytes) => inTurn(decoder.push(bytes), feed) : feed);

  const trailers = decoder?.end();
  const decoded = headers['x-amz-decoded-content-length'];
  if (chunked && Number(decoded) !== size) throw incomplete(decoded ?? '', size);
  const shaSeen = sha?.digest('hex');
  if (shaSeen !== sha256) {
    const details = { ClientComputedContentSHA256: sha256 ?? '', S3ComputedContentSHA256: shaSeen ?? '' };
    throw new S3Error('XAmzContentSHA256Mismatch', undefined, { details });
  }
  const md5Seen = md5?.digest();
  if (md5Wanted && md5Seen && !md5Seen.equals(md5Wanted)) {
    const details = { ExpectedDigest: md5Wanted.toString('base64'), CalculatedDigest: md5Seen.toString('base64') };
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', { details });
  }
  if (trailers) checkTrailers(expected, trailers);
  const value = digest?.digest();
  if (expected) checkChecksum(expected, trailers, value);
  const checksum = algorithm && value !== undefined ? { algorithm, value } : undefined;
  return { size, md5: md5Seen?.toString('hex') ?? '', checksum };
}

function incomplete(announced: string, size: number): S3Error {
  const details = { NumberBytesExpected: announced, NumberBytesProvided: String(size) };
  return new S3Error('IncompleteBody', undefined, { details });
}

/** Behind the body stands what the head announced, and nothing else. */
function checkTrailers(expected: ExpectedChecksum | undefined, trailers: ReadonlyMap<string, string>): void {
  const announced = expected && expected.value === undefined ? [checksumHeader(expected.algorithm)] : [];
  if (trailers.size !== announced.length || !announced.every((name) => trailers.has(name))) {
    throw new S3Error('MalformedTrailerError');
  }
}

function checkChecksum(
  { algorithm, value }: ExpectedChecksum,
  trailers: ReadonlyMap<string, string> | undefined,
  computed: string | undefined,
): void {
  const trailing = value === undefined;
  const said = value ?? trailers?.get(checksumHeader(algorithm));
  if (said === undefined || !isChecksum(algorithm, said)) throw invalidChecksum(algorithm, trailing);
  if (said !== computed) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
}

function parseMd5(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== text) {
    throw new S3Error('InvalidDigest', undefined, { details: { 'Content-MD5': text.slice(0, 100) } });
  }
  return bytes;
}
