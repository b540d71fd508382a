// GetObjectAttributes.
import { storageClassOf } from '../attributes.ts';
import { type Call, sendXml } from '../call.ts';
import { checksumElement } from '../checksum.ts';
import { checkRead } from '../conditions.ts';
import type { StoredVersion } from '../index-reads.ts';
import { invalidArgument } from '../s3-error.ts';
import { element, xmlDocument } from '../xml.ts';
import { checkVersionId, requireObject } from './get-object.ts';

const KNOWN = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

export async function getObjectAttributes(call: Call): Promise<void> {
  checkVersionId(call);
  const wanted = wantedAttributes(call.headers['x-amz-object-attributes'] ?? '');
  const version = await requireObject(call, call.bucket, call.key);
  checkRead(call.headers, version);
  const { checksum } = version;
  const content = [
    wanted.has('ETag') ? element('ETag', version.etag) : '',
    wanted.has('Checksum') && checksum
      ? `<Checksum>${element(checksumElement(checksum.algorithm), checksum.value)}${element('ChecksumType', checksum.type)}</Checksum>`
      : '',
    wanted.has('ObjectParts') ? objectParts(call, version) : '',
    wanted.has('StorageClass') ? element('StorageClass', storageClassOf(version.headers)) : '',
    wanted.has('ObjectSize') ? element('ObjectSize', version.size) : '',
  ];
  const headers = { 'last-modified': version.modifiedAt.toUTCString() };
  sendXml(call, 200, xmlDocument('GetObjectAttributesResponse', content.join('')), headers);
}

function wantedAttributes(text: string): Set<string> {
  const wanted = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (wanted.length > 0 && wanted.every((name) => KNOWN.includes(name))) return new Set(wanted);
  const message = wanted.length === 0 ? 'The header is missing or empty' : 'Invalid attribute name specified';
  throw invalidArgument('x-amz-object-attributes', text.slice(0, 100), `${message}. Known are ${KNOWN.join(', ')}.`);
}

const MAX_PARTS = 1000;

/** The parts in pages. S3 leaves out those without checksums; here they are told, for their sizes' sake. */
function objectParts(call: Call, { checksum, pieces }: StoredVersion): string {
  if (!pieces) return '';
  const most = Math.min(MAX_PARTS, headerNumber(call, 'x-amz-max-parts') ?? MAX_PARTS);
  const marker = headerNumber(call, 'x-amz-part-number-marker') ?? 0;
  const later = pieces.filter(([number]) => number > marker);
  const page = later.slice(0, most);
  const parts = page.map(([number, , size, value]) => {
    const sum = checksum && value !== null ? element(checksumElement(checksum.algorithm), value) : '';
    return `<Part>${element('PartNumber', number)}${element('Size', size)}${sum}</Part>`;
  });
  const content = [
    element('PartsCount', pieces.length),
    element('PartNumberMarker', marker),
    element('NextPartNumberMarker', page.at(-1)?.[0] ?? marker),
    element('MaxParts', most),
    element('IsTruncated', most > 0 && later.length > page.length),
    ...parts,
  ];
  return `<ObjectParts>${content.join('')}</ObjectParts>`;
}

/** S3 takes what is no number for not given. */
function headerNumber(call: Call, name: string): number | undefined {
  const text = call.headers[name] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
