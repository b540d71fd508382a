// GetObject, HeadObject and GetObjectAttributes.
import { type Call, type ReplyHeaders, sendXml } from '../call.ts';
import { checksumElement, checksumHeader } from '../checksum.ts';
import { checkRead } from '../conditions.ts';
import { isMissing } from '../files.ts';
import type { StoredVersion } from '../index-reads.ts';
import { release, reserve } from '../memory.ts';
import { type ByteRange, parseRange } from '../range.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import { openBytes, readWhole, type Segment, segmentsOf, sendBytes } from '../send-bytes.ts';
import { element, xmlDocument } from '../xml.ts';

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

/** Without versioning there is one version, whose id is `null`. */
export function checkVersionId(call: Call): void {
  const id = call.query.get('versionId');
  if (id !== undefined && id !== 'null') throw new S3Error('NoSuchVersion');
}

interface Answer {
  status: number;
  range: ByteRange;
  headers: ReplyHeaders;
}

function answerFor(call: Call, version: StoredVersion): Answer {
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
  if (partNumber !== undefined) {
    if (call.headers.range !== undefined) {
      throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter.');
    }
    range = partRange(version, partNumber);
    if (version.pieces) headers['x-amz-mp-parts-count'] = version.pieces.length;
  } else if (call.headers.range !== undefined && rangeHolds(call, version)) {
    range = parseRange(call.headers.range, size);
  }
  if (range && range.length < size) headers['content-range'] = `bytes ${range.start}-${range.start + range.length - 1}/${size}`;
  else if (range && partNumber === undefined) headers['content-range'] = `bytes 0-${size - 1}/${size}`;
  if (version.checksum && call.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && (!range || range.length === size)) {
    headers[checksumHeader(version.checksum.algorithm)] = version.checksum.value;
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

function partRange(version: StoredVersion, text: string): ByteRange {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 10_000) {
    throw invalidArgument('partNumber', text.slice(0, 20), 'Part number must be an integer between 1 and 10000, inclusive');
  }
  const sizes = version.pieces?.map((piece) => piece[2]) ?? [version.size];
  const length = sizes[number - 1];
  if (length === undefined) throw new S3Error('InvalidPartNumber');
  return { start: sizes.slice(0, number - 1).reduce((sum, size) => sum + size, 0), length };
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

export async function getObjectAttributes(call: Call): Promise<void> {
  checkVersionId(call);
  const wanted = new Set((call.headers['x-amz-object-attributes'] ?? '').split(',').map((name) => name.trim()));
  wanted.delete('');
  const known = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];
  if (wanted.size === 0 || [...wanted].some((name) => !known.includes(name))) {
    throw new S3Error('InvalidArgument', `x-amz-object-attributes must name some of ${known.join(', ')}.`);
  }
  const version = await require(call);
  checkRead(call.headers, version);
  const { checksum, pieces } = version;
  const content = [
    wanted.has('ETag') ? element('ETag', version.etag) : '',
    wanted.has('Checksum') && checksum
      ? `<Checksum>${element(checksumElement(checksum.algorithm), checksum.value)}${element('ChecksumType', checksum.type)}</Checksum>`
      : '',
    wanted.has('ObjectParts') && pieces ? objectParts(call, version) : '',
    wanted.has('StorageClass') ? element('StorageClass', 'STANDARD') : '',
    wanted.has('ObjectSize') ? element('ObjectSize', version.size) : '',
  ];
  const headers = { 'last-modified': version.modifiedAt.toUTCString() };
  sendXml(call, 200, xmlDocument('GetObjectAttributesResponse', content.join('')), headers);
}

function objectParts(call: Call, version: StoredVersion): string {
  const number = (name: string, otherwise: number) => {
    const text = call.headers[name] ?? String(otherwise);
    if (!/^\d{1,5}$/.test(text)) throw invalidArgument(name, text.slice(0, 20), `${name} is not a number.`);
    return Number(text);
  };
  const most = Math.min(1000, number('x-amz-max-parts', 1000));
  const marker = number('x-amz-part-number-marker', 0);
  const pieces = version.pieces ?? [];
  const later = pieces.filter((piece) => piece[0] > marker);
  const page = later.slice(0, most);
  const { checksum } = version;
  // As S3 does: the parts themselves are listed only where they have checksums.
  const parts = page.map(([at, , size, value]) =>
    checksum && value !== null
      ? `<Part>${element('PartNumber', at)}${element('Size', size)}${element(checksumElement(checksum.algorithm), value)}</Part>`
      : '',
  );
  return `<ObjectParts>${element('TotalPartsCount', pieces.length)}${element('PartNumberMarker', marker)}${element(
    'NextPartNumberMarker',
    page.at(-1)?.[0] ?? 0,
  )}${element('MaxParts', most)}${element('IsTruncated', later.length > page.length)}${parts.join('')}</ObjectParts>`;
}
