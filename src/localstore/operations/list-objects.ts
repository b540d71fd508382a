// ListObjects versions 1 and 2, and ListObjectVersions, which shows the one version that each object has.
import { type Call, queryNumber, sendXml } from '../call.ts';
import { type ListEntry, listPage } from '../list-scan.ts';
import { invalidArgument } from '../s3-error.ts';
import { uriEncode } from '../sigv4.ts';
import { element, xmlDocument } from '../xml.ts';
import { ownerXml, requireBucketNow } from './bucket.ts';
import { isOnlyVersion } from './get-object.ts';

/** S3's most for one page. */
const MAX_KEYS = 1000;

/** How names are written in this answer: as they are, or percent-encoded where the client asked for that. */
export function nameEncoder(call: Call): (name: string) => string {
  const encoding = call.query.get('encoding-type');
  if (encoding === undefined || encoding === '') return (name) => name;
  if (encoding !== 'url')
    throw invalidArgument('encoding-type', encoding.slice(0, 50), 'Invalid Encoding Method specified in Request');
  return (name) => uriEncode(name).replaceAll('%2F', '/');
}

interface Listing {
  encode(name: string): string;
  prefix: string;
  delimiter: string;
  maxKeys: number;
  entries: ListEntry[];
  truncated: boolean;
  last: string | undefined;
}

async function list(call: Call, after: string): Promise<Listing> {
  const encode = nameEncoder(call);
  const prefix = call.query.get('prefix') ?? '';
  const delimiter = call.query.get('delimiter') ?? '';
  const maxKeys = queryNumber(call, 'max-keys', MAX_KEYS, MAX_KEYS);
  const page = await listPage(call.services.db, { bucket: call.bucket, prefix, delimiter, after, limit: maxKeys });
  if (page.entries.length === 0) await requireBucketNow(call);
  return { encode, prefix, delimiter, maxKeys, ...page, last: page.entries.at(-1)?.name };
}

function contents(listing: Listing, tag: string, extra: string): string {
  let xml = '';
  for (const entry of listing.entries) {
    if (entry.kind !== 'key') continue;
    const { name, etag, size, modified, checksum } = entry;
    const sum = checksum ? element('ChecksumAlgorithm', checksum.algorithm) + element('ChecksumType', checksum.type) : '';
    xml += `<${tag}>${element('Key', listing.encode(name))}<LastModified>${new Date(modified).toISOString()}</LastModified><ETag>&quot;${etag}&quot;</ETag>${sum}<Size>${size}</Size>${extra}<StorageClass>${entry.class ?? 'STANDARD'}</StorageClass></${tag}>`;
  }
  return xml;
}

function commonPrefixes(listing: Listing): string {
  let xml = '';
  for (const entry of listing.entries) {
    if (entry.kind === 'prefix') xml += `<CommonPrefixes>${element('Prefix', listing.encode(entry.name))}</CommonPrefixes>`;
  }
  return xml;
}

/** What all three answers begin with. */
function head(call: Call, listing: Listing): string {
  return [
    element('Name', call.bucket),
    element('Prefix', listing.encode(listing.prefix)),
    listing.delimiter === '' ? '' : element('Delimiter', listing.encode(listing.delimiter)),
    element('MaxKeys', listing.maxKeys),
    element('EncodingType', call.query.get('encoding-type') || undefined),
    element('IsTruncated', listing.truncated),
  ].join('');
}

export async function listObjects(call: Call): Promise<void> {
  const marker = call.query.get('marker') ?? '';
  const listing = await list(call, marker);
  const content = [
    head(call, listing),
    element('Marker', listing.encode(marker)),
    // Without a delimiter the last key is the next marker, and S3 leaves it to the client to see that.
    listing.truncated && listing.delimiter !== '' ? element('NextMarker', listing.encode(listing.last ?? '')) : '',
    contents(listing, 'Contents', ownerXml()),
    commonPrefixes(listing),
  ];
  sendXml(call, 200, xmlDocument('ListBucketResult', content.join('')));
}

export async function listObjectsV2(call: Call): Promise<void> {
  const token = call.query.get('continuation-token');
  const startAfter = call.query.get('start-after');
  // Clients that keep it in a variable send an empty one with the first page.
  const after = token === undefined || token === '' ? (startAfter ?? '') : readToken(token);
  const listing = await list(call, after);
  const owner = call.query.get('fetch-owner') === 'true' ? ownerXml() : '';
  const content = [
    head(call, listing),
    element('KeyCount', listing.entries.length),
    element('ContinuationToken', token),
    listing.truncated && listing.last !== undefined ? element('NextContinuationToken', writeToken(listing.last)) : '',
    startAfter === undefined ? '' : element('StartAfter', listing.encode(startAfter)),
    contents(listing, 'Contents', owner),
    commonPrefixes(listing),
  ];
  sendXml(call, 200, xmlDocument('ListBucketResult', content.join('')));
}

/** The last entry of the page before, made opaque. */
function writeToken(last: string): string {
  return Buffer.from(`1${last}`).toString('base64url');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('1') || text.includes('\0') || writeToken(text.slice(1)) !== token) {
    throw invalidArgument('continuation-token', token.slice(0, 200), 'The continuation token provided is incorrect');
  }
  return text.slice(1);
}

export async function listObjectVersions(call: Call): Promise<void> {
  const marker = call.query.get('key-marker') ?? '';
  checkVersionMarker(call.query.get('version-id-marker'), marker);
  const listing = await list(call, marker);
  const next = listing.truncated && listing.last !== undefined ? listing.last : undefined;
  const extra = `<VersionId>null</VersionId><IsLatest>true</IsLatest>${ownerXml()}`;
  const content = [
    head(call, listing),
    element('KeyMarker', listing.encode(marker)),
    element('VersionIdMarker', call.query.get('version-id-marker') ?? ''),
    next === undefined ? '' : element('NextKeyMarker', listing.encode(next)) + element('NextVersionIdMarker', 'null'),
    contents(listing, 'Version', extra),
    commonPrefixes(listing),
  ];
  sendXml(call, 200, xmlDocument('ListVersionsResult', content.join('')));
}

/** Of the one version that a key has, the marker says nothing more than that key. */
function checkVersionMarker(id: string | undefined, key: string): void {
  if (id === undefined) return;
  const refuse = (message: string) => invalidArgument('version-id-marker', id.slice(0, 100), message);
  if (key === '') throw refuse('A version-id marker cannot be specified without a key marker.');
  if (id === '') throw refuse('A version-id marker cannot be empty.');
  isOnlyVersion(id);
}
