// Multipart uploads: create, complete, abort. The finished object stays in its parts, so that completing writes no bytes.
import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { readAttributes, readTags, refuseUnsupported } from '../attributes.ts';
import { receiveDocument } from '../body.ts';
import { type Call, sendEmpty, sendXml } from '../call.ts';
import { checksumElement, checksumHeader, combineChecksums, isCrc, parseAlgorithm } from '../checksum.ts';
import { checkWrite, unquote, writeCondition } from '../conditions.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import type { ChecksumAlgorithm, Piece, StoredChecksum } from '../tables.ts';
import { element, xmlDocument } from '../xml.ts';
import { childrenNamed, childText, readXml, type XmlNode } from '../xml-read.ts';
import { type Part, partsOf, requireUpload, type Upload } from './parts.ts';

/** S3's smallest part, in bytes; the last one may be smaller. */
const MIN_PART = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;
/** S3's largest object. */
const MAX_OBJECT = 5 * 1024 ** 4;
/** Ten thousand parts with the longest checksums. */
const MAX_DOCUMENT = 4 * 1024 * 1024;

export async function createUpload(call: Call): Promise<void> {
  const { headers, services, bucket, key } = call;
  refuseUnsupported(headers);
  const attributes = readAttributes(headers);
  const tags = readTags(headers);
  const named = headers['x-amz-checksum-algorithm'];
  const algorithm = named === undefined ? null : parseAlgorithm(named);
  const type = checksumType(headers['x-amz-checksum-type'], algorithm);
  await services.index.requireBucket(bucket);
  // Ids sort by time: uploads of one key are listed in the order in which they were begun.
  const id = `${Date.now().toString(36).padStart(9, '0')}${randomBytes(15).toString('hex')}`;
  try {
    await services.db
      .insertInto('store_upload')
      .values({
        id,
        bucket,
        key,
        headers: JSON.stringify(attributes.headers),
        metadata: JSON.stringify(attributes.metadata),
        tags: tags && JSON.stringify(tags),
        checksum_algorithm: algorithm,
        checksum_type: type,
        created_at: new Date(),
      })
      .execute();
  } catch (error) {
    // The foreign key: the bucket went meanwhile.
    if ((error as { code?: unknown }).code === '23503') throw new S3Error('NoSuchBucket');
    throw error;
  }
  const content = element('Bucket', bucket) + element('Key', key) + element('UploadId', id);
  sendXml(call, 200, xmlDocument('InitiateMultipartUploadResult', content), {
    ...(algorithm && { 'x-amz-checksum-algorithm': algorithm }),
    ...(type && { 'x-amz-checksum-type': type }),
  });
}

function checksumType(given: string | undefined, algorithm: ChecksumAlgorithm | null): StoredChecksum['type'] | null {
  if (!algorithm) {
    if (given !== undefined) {
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      );
    }
    return null;
  }
  const type = given ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw invalidArgument('x-amz-checksum-type', type.slice(0, 50), 'Value for x-amz-checksum-type header is invalid.');
  }
  const whole = isCrc(algorithm);
  if ((type === 'FULL_OBJECT' && !whole) || (type === 'COMPOSITE' && algorithm === 'CRC64NVME')) {
    throw new S3Error('InvalidRequest', `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  }
  return type;
}

export async function completeUpload(call: Call): Promise<void> {
  const { services, bucket, key, headers } = call;
  const when = writeCondition(headers);
  const upload = await requireUpload(call);
  const document = await receiveDocument(call, MAX_DOCUMENT, 'objects');
  if (document.length === 0) throw new S3Error('MalformedXML');
  const wanted = readParts(readXml(document, 'CompleteMultipartUpload'));
  const parts = chooseParts(upload, wanted, await partsOf(services.db, upload.id));
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > MAX_OBJECT) throw new S3Error('EntityTooLarge');
  const said = headers['x-amz-mp-object-size'];
  if (said !== undefined && Number(said) !== size) {
    throw new S3Error('InvalidRequest', 'The provided x-amz-mp-object-size does not match the size of the parts.');
  }
  if (when) checkWrite(when, await services.index.find(bucket, key));
  const checksum = wholeChecksum(call, upload, parts);
  const etag = `${md5OfMd5s(parts)}-${parts.length}`;
  const pieces = parts.map((part): Piece => [part.number, part.blob, part.size, part.checksum]);
  await services.lane.write({
    kind: 'put',
    bucket,
    key,
    when,
    upload: upload.id,
    row: { blob: null, pieces, size, etag, checksum, headers: upload.headers, metadata: upload.metadata, tags: upload.tags },
  });
  const content = [
    element('Location', `http://${headers.host ?? 'localhost'}${call.address.rawPath}`),
    element('Bucket', bucket),
    element('Key', key),
    element('ETag', `"${etag}"`),
    checksum ? element(checksumElement(checksum.algorithm), checksum.value) + element('ChecksumType', checksum.type) : '',
  ];
  sendXml(call, 200, xmlDocument('CompleteMultipartUploadResult', content.join('')));
}

interface WantedPart {
  number: number;
  etag: string;
  node: XmlNode;
}

function readParts(document: XmlNode): WantedPart[] {
  const wanted = childrenNamed(document, 'Part').map((node): WantedPart => {
    const number = childText(node, 'PartNumber')?.trim() ?? '';
    const etag = childText(node, 'ETag')?.trim();
    if (!/^\d{1,5}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML');
    return { number: Number(number), etag: unquote(etag), node };
  });
  if (wanted.length === 0 || wanted.length > MAX_PARTS) throw new S3Error('MalformedXML');
  wanted.forEach((part, at) => {
    const before = wanted[at - 1];
    if (before && before.number >= part.number) throw new S3Error('InvalidPartOrder');
  });
  return wanted;
}

function chooseParts(upload: Upload, wanted: WantedPart[], there: Map<number, Part>): Part[] {
  const parts = wanted.map(({ number, etag, node }) => {
    const part = there.get(number);
    if (!part || part.etag !== etag) throw new S3Error('InvalidPart', undefined, { details: { PartNumber: String(number) } });
    if (upload.checksumAlgorithm) {
      const said = childText(node, checksumElement(upload.checksumAlgorithm));
      if (said !== undefined && said !== part.checksum) throw new S3Error('InvalidPart');
    }
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < MIN_PART);
  if (!small) return parts;
  const { size, number, etag: ETag } = small;
  throw new S3Error('EntityTooSmall', undefined, {
    details: { ProposedSize: String(size), MinSizeAllowed: String(MIN_PART), PartNumber: String(number), ETag },
  });
}

function wholeChecksum(call: Call, upload: Upload, parts: Part[]): StoredChecksum | null {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (!algorithm || !type) return null;
  const checksum = combineChecksums(algorithm, type, parts);
  const said = call.headers[checksumHeader(algorithm)];
  if (said !== undefined && said !== checksum.value && `${said}-${parts.length}` !== checksum.value) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return checksum;
}

/** S3's ETag of an object in parts, without the number behind it. */
function md5OfMd5s(parts: Part[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.etag, 'hex');
  return md5.digest('hex');
}

export async function abortUpload(call: Call): Promise<void> {
  const upload = await requireUpload(call);
  await call.services.lane.alone(async (tx) => {
    const parts = await sql<{ blob: string }>`
      INSERT INTO store_garbage SELECT blob FROM store_part WHERE upload = ${upload.id} AND blob IS NOT NULL
      RETURNING blob`.execute(tx);
    const gone = await sql`DELETE FROM store_upload WHERE id = ${upload.id} RETURNING id`.execute(tx);
    if (gone.rows.length === 0) throw new S3Error('NoSuchUpload');
    return { result: undefined, dropped: parts.rows.map((row) => row.blob) };
  });
  sendEmpty(call, 204);
}
