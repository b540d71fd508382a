// GetObject and HeadObject; which version there is.
import { refuseKeys } from '../attributes.ts';
import type { Call, ReplyHeaders } from '../call.ts';
import { checksumHeader } from '../checksum.ts';
import { checkRead } from '../conditions.ts';
import { isMissing } from '../files.ts';
import type { StoredVersion } from '../index-reads.ts';
import { release, reserve } from '../memory.ts';
import { type ByteRange, parseRange } from '../range.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import { openBytes, readWhole, type Segment, segmentsOf, sendBytes } from '../send-bytes.ts';
import type { Piece } from '../tables.ts';

/** Up to this many bytes an object is read whole before the answer begins. */
const ONE_READ = 2 * 1024 * 1024;
/** How often a read starts again because the object was replaced between its row and its file. */
const TRIES = 5;

export async function getObject(call: Call): Promise<void> {
  checkVersionId(call);
  const overrides = responseOverrides(call);
  for (let left = TRIES; ; left--) {
    const version = await require(call);
    const { status, range, headers } = answerFor(call, version);
    const segments = segmentsOf(version, range);
    const release = call.services.garbage.hold(segments.map(({ blob }) => blob));
    if (!release) continue;
    try {
      await sendRange(call, segments, range, () => writeHead(call, status, headers, overrides, range));
      return;
    } catch (error) {
      // Gone though held: the row must have been read before the file was dropped.
      if (!isMissing(error) || call.response.headersSent || left <= 1) throw error;
    } finally {
      release();
    }
  }
}

/** Begins the answer once the first bytes are at hand, and ends it. */
async function sendRange(call: Call, segments: Segment[], { length }: ByteRange, begin: () => void): Promise<void> {
  const pathOf = call.services.blobs.path;
  const [only, ...others] = segments;
  if (!only) {
    begin();
    call.response.end();
    return;
  }
  const free = others.length === 0 && length <= ONE_READ ? reserve(length) : undefined;
  if (free) {
    const bytes = await readWhole(only, pathOf).catch((error) => {
      free();
      throw error;
    });
    // Until the client has taken it, the memory is in use.
    call.response.once('close', () => {
      free();
      release(bytes);
    });
    begin();
    call.response.end(bytes);
    return;
  }
  const bytes = await openBytes(segments, pathOf);
  try {
    begin();
    await sendBytes(call.response, bytes);
  } finally {
    bytes.close();
  }
}

export async function headObject(call: Call): Promise<void> {
  checkVersionId(call);
  const overrides = responseOverrides(call);
  const { status, headers, range } = answerFor(call, await require(call));
  writeHead(call, status, headers, overrides, range);
  call.response.end();
}

/** The length comes last: Node recodes a Content-Disposition that it meets behind a Content-Length. */
function writeHead(call: Call, status: number, headers: ReplyHeaders, overrides: ReplyHeaders, { length }: ByteRange): void {
  call.response.writeHead(status, { ...call.always, ...headers, ...overrides, 'content-length': length });
}

/** The version there is. Throws `NoSuchKey`. */
export async function requireObject(call: Call, bucket: string, key: string): Promise<StoredVersion> {
  const version = await call.services.index.find(bucket, key);
  if (!version) throw new S3Error('NoSuchKey', undefined, { details: { Key: key } });
  return version;
}

function require(call: Call): Promise<StoredVersion> {
  return requireObject(call, call.bucket, call.key);
}

/** Ids as S3 makes them, of which this store makes none. */
const VERSION_ID = /^[A-Za-z0-9._-]{32}$/;

/**
 * Without versioning there is one version, whose id is `null`. Throws `InvalidArgument` for what could be no id.
 * @returns false for a version that is not there
 */
export function isOnlyVersion(id: string | undefined): boolean {
  if (id === undefined || id === 'null') return true;
  if (VERSION_ID.test(id)) return false;
  const message = id === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified';
  throw invalidArgument('versionId', id.slice(0, 100), message);
}

/** Throws `NoSuchVersion`, `InvalidArgument`. */
export function checkVersionId(call: Call): void {
  const id = call.query.get('versionId');
  if (!isOnlyVersion(id)) throw new S3Error('NoSuchVersion', undefined, { details: { Key: call.key, VersionId: id ?? '' } });
}

interface Answer {
  status: number;
  range: ByteRange;
  headers: ReplyHeaders;
}

function answerFor(call: Call, version: StoredVersion): Answer {
  refuseKeys(call.headers);
  checkRead(call.headers, version);
  const { size } = version;
  const partNumber = call.query.get('partNumber');
  const headers: ReplyHeaders = {
    etag: `"${version.etag}"`,
    'last-modified': version.modifiedAt.toUTCString(),
    'accept-ranges': 'bytes',
    ...version.headers,
  };
  for (const name in version.metadata) headers[`x-amz-meta-${name}`] = version.metadata[name] ?? '';
  if (version.tags) headers['x-amz-tagging-count'] = version.tags.length;
  let range: ByteRange | undefined;
  let checksum = version.checksum?.value ?? null;
  if (partNumber !== undefined) {
    if (call.headers.range !== undefined) {
      throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter.');
    }
    const part = partOf(version, partNumber);
    range = part.range;
    if (version.pieces) {
      headers['x-amz-mp-parts-count'] = version.pieces.length;
      checksum = part.checksum;
    }
  } else if (call.headers.range !== undefined && rangeHolds(call, version)) {
    range = parseRange(call.headers.range, size);
    if (range && range.length < size) checksum = null;
  }
  // Of nothing there is no range, and a part is one even where it is the whole.
  if (range && size > 0) headers['content-range'] = `bytes ${range.start}-${range.start + range.length - 1}/${size}`;
  if (version.checksum && checksum !== null && call.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED') {
    headers[checksumHeader(version.checksum.algorithm)] = checksum;
    headers['x-amz-checksum-type'] = version.checksum.type;
  }
  const given = range ?? { start: 0, length: size };
  return { status: headers['content-range'] === undefined ? 200 : 206, range: given, headers };
}

/** If-Range: the range counts only for the version that the client has begun with. */
function rangeHolds(call: Call, version: StoredVersion): boolean {
  const condition = call.headers['if-range'];
  if (condition === undefined) return true;
  return condition.startsWith('"') ? condition === `"${version.etag}"` : condition === version.modifiedAt.toUTCString();
}

/** A part under the number it was uploaded with; an object that was not uploaded in parts is its own part 1. */
function partOf(version: StoredVersion, text: string): { range: ByteRange; checksum: string | null } {
  const wanted = Number(text);
  if (!/^\d{1,5}$/.test(text) || wanted < 1 || wanted > 10_000) {
    throw invalidArgument('partNumber', text.slice(0, 20), 'Part number must be an integer between 1 and 10000, inclusive');
  }
  const pieces: readonly Piece[] = version.pieces ?? [[1, version.blob, version.size, null]];
  let start = 0;
  for (const [number, , length, checksum] of pieces) {
    if (number === wanted) return { range: { start, length }, checksum };
    start += length;
  }
  const details = { PartNumberRequested: text, ActualPartCount: String(pieces.length) };
  throw new S3Error('InvalidPartNumber', undefined, { details });
}

const OVERRIDES = ['content-type', 'content-language', 'expires', 'cache-control', 'content-disposition', 'content-encoding'];

/** `response-*` of the query: headers that the caller wants instead of the stored ones. */
function responseOverrides(call: Call): ReplyHeaders {
  const headers: ReplyHeaders = {};
  for (const name of OVERRIDES) {
    const value = call.query.get(`response-${name}`);
    if (value === undefined) continue;
    if (/[^\P{Cc}\t]/u.test(value)) {
      throw invalidArgument(`response-${name}`, '', `Header value of response-${name} has control characters.`);
    }
    // Header values travel as bytes; what is beyond ASCII goes out as UTF-8.
    headers[name] = Buffer.from(value).toString('latin1');
  }
  return headers;
}
