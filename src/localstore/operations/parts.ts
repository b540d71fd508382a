// UploadPart, UploadPartCopy, ListParts; the rows of uploads and their parts.
import type { Kysely } from 'kysely';
import { refuseUnsupported, storageClassOf } from '../attributes.ts';
import { type ReceivedBlob, receiveBlob } from '../body.ts';
import { type Call, queryNumber, sendEmpty, sendXml } from '../call.ts';
import { checksumElement, checksumHeader, expectedChecksum } from '../checksum.ts';
import { copyBytes } from '../copy-bytes.ts';
import type { StoredVersion } from '../index-reads.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import { segmentsOf } from '../send-bytes.ts';
import type { ChecksumAlgorithm, StoredChecksum, StoreTables } from '../tables.ts';
import { element, xmlDocument } from '../xml.ts';
import { ownerXml } from './bucket.ts';
import { COPY_TIMEOUT, copySource, withSource } from './copy-object.ts';
import { nameEncoder } from './list-objects.ts';

export interface Upload {
  id: string;
  headers: Record<string, string>;
  metadata: Record<string, string>;
  tags: [string, string][] | null;
  checksumAlgorithm: ChecksumAlgorithm | null;
  checksumType: StoredChecksum['type'] | null;
}

export interface Part {
  number: number;
  blob: string | null;
  size: number;
  etag: string;
  checksum: string | null;
  modifiedAt: Date;
}

/** The upload that the query names, of this very bucket and key; undefined where there is none. Throws `NoSuchBucket`. */
export async function findUpload(call: Call): Promise<Upload | undefined> {
  const id = call.query.get('uploadId') ?? '';
  const row = await call.services.db
    .selectFrom('store_upload')
    .select(['id', 'headers', 'metadata', 'tags', 'checksum_algorithm', 'checksum_type'])
    .where('id', '=', id)
    .where('bucket', '=', call.bucket)
    .where('key', '=', call.key)
    .executeTakeFirst();
  if (!row) await call.services.index.requireBucket(call.bucket);
  if (!row) return undefined;
  const { headers, metadata, tags } = row;
  return { id, headers, metadata, tags, checksumAlgorithm: row.checksum_algorithm, checksumType: row.checksum_type };
}

/** Throws `NoSuchUpload`. */
export async function requireUpload(call: Call): Promise<Upload> {
  return (await findUpload(call)) ?? Promise.reject(noSuchUpload(call));
}

export function noSuchUpload(call: Call): S3Error {
  const id = call.query.get('uploadId') ?? '';
  return new S3Error('NoSuchUpload', undefined, { details: { UploadId: id.slice(0, 100) } });
}

/** All parts of an upload by number, in order. */
export async function partsOf(db: Kysely<StoreTables>, upload: string): Promise<Map<number, Part>> {
  const rows = await db.selectFrom('store_part').selectAll().where('upload', '=', upload).orderBy('number').execute();
  return new Map(
    rows.map(({ number, blob, size, etag, checksum, modified_at }) => [
      number,
      { number, blob, size, etag, checksum, modifiedAt: modified_at },
    ]),
  );
}

function partNumber(call: Call): number {
  const text = call.query.get('partNumber') ?? '';
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 10_000) {
    throw invalidArgument('partNumber', text.slice(0, 20), 'Part number must be an integer between 1 and 10000, inclusive');
  }
  return number;
}

export async function uploadPart(call: Call): Promise<void> {
  refuseUnsupported(call.headers);
  const number = partNumber(call);
  const upload = await requireUpload(call);
  checkPartAlgorithm(upload, expectedChecksum(call.headers)?.algorithm);
  const received = await receiveBlob(call, upload.checksumAlgorithm ?? undefined);
  const { checksum } = received;
  await storePart(call, upload, number, received);
  sendEmpty(call, 200, {
    etag: `"${received.md5}"`,
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
}

/**
 * Parts have the checksum that the upload was begun with. One for the whole object is computed here where the client sends
 * none; one over those of the parts is the client's to send. An upload that was begun without takes any, and forgets it.
 */
function checkPartAlgorithm({ checksumAlgorithm, checksumType }: Upload, sent: ChecksumAlgorithm | undefined): void {
  if (!checksumAlgorithm || sent === checksumAlgorithm) return;
  if (sent === undefined && checksumType === 'FULL_OBJECT') return;
  const expected = checksumAlgorithm.toLowerCase();
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${sent?.toLowerCase() ?? 'null'}`,
  );
}

async function storePart(call: Call, upload: Upload, number: number, received: ReceivedBlob): Promise<Date> {
  const { blob, size, md5, checksum } = received;
  // Kept only where the upload was begun with an algorithm: then every part has one of that kind.
  const kept = upload.checksumAlgorithm ? (checksum?.value ?? null) : null;
  const row = { blob, size, etag: md5, checksum: kept };
  return (await call.services.lane.write({ kind: 'part', upload: upload.id, number, row })).at;
}

export async function uploadPartCopy(call: Call): Promise<void> {
  refuseUnsupported(call.headers);
  call.response.setTimeout(COPY_TIMEOUT);
  const number = partNumber(call);
  const upload = await requireUpload(call);
  const received = await withSource(call, copySource(call), (version) =>
    copyBytes(call.services.blobs, segmentsOf(version, copyRange(call, version)), upload.checksumAlgorithm),
  );
  const at = await storePart(call, upload, number, received);
  const { checksum } = received;
  const content = [
    element('LastModified', at.toISOString()),
    element('ETag', `"${received.md5}"`),
    checksum ? element(checksumElement(checksum.algorithm), checksum.value) : '',
  ];
  sendXml(call, 200, xmlDocument('CopyPartResult', content.join('')));
}

/** Unlike in a GET, both ends must be given and lie within the source. */
function copyRange(call: Call, version: StoredVersion): { start: number; length: number } {
  const name = 'x-amz-copy-source-range';
  const header = call.headers[name];
  if (header === undefined) return { start: 0, length: version.size };
  const [, first, last] = /^bytes=(\d{1,18})-(\d{1,18})$/.exec(header) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last)) {
    const message =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy';
    throw invalidArgument(name, header.slice(0, 100), message);
  }
  if (Number(last) >= version.size) {
    throw invalidArgument(name, header.slice(0, 100), `Range specified is not valid for source object of size: ${version.size}`);
  }
  return { start: Number(first), length: Number(last) - Number(first) + 1 };
}

const MAX_PARTS_PAGE = 1000;

export async function listParts(call: Call): Promise<void> {
  const encode = nameEncoder(call);
  const upload = await requireUpload(call);
  const most = queryNumber(call, 'max-parts', MAX_PARTS_PAGE, MAX_PARTS_PAGE);
  const marker = queryNumber(call, 'part-number-marker', 0, 10_000);
  const later = [...(await partsOf(call.services.db, upload.id)).values()].filter((part) => part.number > marker);
  const page = later.slice(0, most);
  const { checksumAlgorithm: algorithm } = upload;
  const parts = page.map((part) => {
    const checksum = algorithm && part.checksum !== null ? element(checksumElement(algorithm), part.checksum) : '';
    const when = element('LastModified', part.modifiedAt.toISOString());
    return `<Part>${element('PartNumber', part.number)}${when}${element('ETag', `"${part.etag}"`)}${checksum}${element('Size', part.size)}</Part>`;
  });
  const content = [
    element('Bucket', call.bucket),
    element('Key', encode(call.key)),
    element('UploadId', upload.id),
    ownerXml('Initiator'),
    ownerXml(),
    element('StorageClass', storageClassOf(upload.headers)),
    element('PartNumberMarker', marker),
    element('NextPartNumberMarker', page.at(-1)?.number ?? 0),
    element('MaxParts', most),
    element('EncodingType', call.query.get('encoding-type') || undefined),
    element('IsTruncated', most > 0 && later.length > page.length),
    element('ChecksumAlgorithm', algorithm ?? undefined),
    element('ChecksumType', upload.checksumType ?? undefined),
    ...parts,
  ];
  sendXml(call, 200, xmlDocument('ListPartsResult', content.join('')));
}
