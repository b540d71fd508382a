// CompleteMultipartUpload. The finished object stays in its parts, so that completing writes no bytes.
import { createHash } from 'node:crypto';
import { receiveDocument } from '../body.ts';
import { type Call, sendXml } from '../call.ts';
import {
  CHECKSUM_ALGORITHMS,
  checksumElement,
  checksumHeader,
  combineChecksums,
  invalidChecksum,
  isChecksum,
} from '../checksum.ts';
import { checkWrite, unquote, type WriteCondition, writeCondition } from '../conditions.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import type { Piece, StoredChecksum } from '../tables.ts';
import { element, xmlDocument } from '../xml.ts';
import { childrenNamed, childText, readXml, type XmlNode } from '../xml-read.ts';
import { findUpload, noSuchUpload, type Part, partsOf, type Upload } from './parts.ts';

/** S3's smallest part, in bytes; the last one may be smaller. */
const MIN_PART = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;
/** S3's largest object. */
const MAX_OBJECT = 5 * 1024 ** 4;
/** Ten thousand parts with the longest checksums. */
const MAX_DOCUMENT = 4 * 1024 * 1024;

interface Completed {
  etag: string;
  checksum: StoredChecksum | null;
}

export async function completeUpload(call: Call): Promise<void> {
  const when = writeCondition(call.headers);
  const upload = await findUpload(call);
  // What the head says of checksums is of the object, not of this list.
  const document = await receiveDocument(call, MAX_DOCUMENT, 'objects');
  if (document.length === 0) throw new S3Error('MalformedXML');
  const wanted = readParts(readXml(document, 'CompleteMultipartUpload'));
  const { etag, checksum } = (upload && (await complete(call, upload, wanted, when))) ?? (await completedBefore(call, wanted));
  const content = [
    element('Location', `http://${call.headers.host ?? 'localhost'}${call.address.rawPath}`),
    element('Bucket', call.bucket),
    element('Key', call.key),
    element('ETag', `"${etag}"`),
    checksum ? element(checksumElement(checksum.algorithm), checksum.value) + element('ChecksumType', checksum.type) : '',
  ];
  sendXml(call, 200, xmlDocument('CompleteMultipartUploadResult', content.join('')));
}

/** Undefined where another request ended the upload meanwhile. */
async function complete(
  call: Call,
  upload: Upload,
  wanted: WantedPart[],
  when: WriteCondition | undefined,
): Promise<Completed | undefined> {
  const { services, bucket, key } = call;
  const there = await partsOf(services.db, upload.id);
  if (there.size === 0 && !(await findUpload(call))) return undefined;
  const parts = chooseParts(upload, wanted, there);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > MAX_OBJECT) throw new S3Error('EntityTooLarge');
  const said = call.headers['x-amz-mp-object-size'];
  if (said !== undefined && Number(said) !== size) {
    throw new S3Error('InvalidRequest', 'The provided x-amz-mp-object-size does not match the size of the parts.');
  }
  if (when) checkWrite(when, await services.index.find(bucket, key));
  const checksum = wholeChecksum(call, upload, parts);
  const etag = etagOf(parts);
  const pieces = parts.map((part): Piece => [part.number, part.blob, part.size, part.checksum]);
  const { headers, metadata, tags } = upload;
  const row = { blob: null, pieces, size, etag, checksum, headers, metadata, tags };
  try {
    await services.lane.write({ kind: 'put', bucket, key, when, upload: upload.id, row });
  } catch (error) {
    if (error instanceof S3Error && error.code === 'NoSuchUpload') return undefined;
    throw error;
  }
  return { etag, checksum };
}

/**
 * What this very request, sent again since its answer was lost, has achieved already, so long as that version is there.
 * Throws `NoSuchUpload`.
 */
async function completedBefore(call: Call, wanted: WantedPart[]): Promise<Completed> {
  const row = await call.services.db
    .selectFrom('store_object')
    .select(['etag', 'pieces', 'checksum'])
    .where('bucket', '=', call.bucket)
    .where('key', '=', call.key)
    .where('upload', '=', call.query.get('uploadId') ?? '')
    .executeTakeFirst();
  const numbers = row?.pieces?.map(([number]) => number).join();
  if (!row || row.etag !== etagOf(wanted) || numbers !== wanted.map(({ number }) => number).join()) throw noSuchUpload(call);
  return row;
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
    if (Number(number) < 1) throw invalidArgument('PartNumber', number, 'PartNumber must be >= 1');
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
    const invalid = () => {
      const details = { UploadId: upload.id, PartNumber: String(number), ETag: etag.slice(0, 100) };
      return new S3Error('InvalidPart', undefined, { details });
    };
    if (!part || part.etag !== etag) throw invalid();
    if (!upload.checksumAlgorithm) return part;
    const said = childText(node, checksumElement(upload.checksumAlgorithm))?.trim();
    if (said === undefined && upload.checksumType === 'COMPOSITE') {
      throw new S3Error(
        'InvalidRequest',
        `The upload was created using a ${upload.checksumAlgorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      );
    }
    if (said !== undefined && said !== part.checksum) throw invalid();
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < MIN_PART);
  if (!small) return parts;
  const { size, number, etag: ETag } = small;
  throw new S3Error('EntityTooSmall', undefined, {
    details: { ProposedSize: String(size), MinSizeAllowed: String(MIN_PART), PartNumber: String(number), ETag },
  });
}

/** The checksum of the whole, which must be the one that the head says, if it says one. */
function wholeChecksum({ headers }: Call, upload: Upload, parts: Part[]): StoredChecksum | null {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  const saidType = headers['x-amz-checksum-type'];
  if (saidType !== undefined && type !== null && saidType !== type) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const other = CHECKSUM_ALGORITHMS.find((one) => one !== algorithm && checksumHeader(one) in headers);
  if (other) {
    const expected = algorithm?.toLowerCase() ?? 'null';
    const message = `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${other.toLowerCase()}`;
    throw new S3Error('InvalidRequest', message);
  }
  if (!algorithm || !type) return null;
  const checksum = combineChecksums(algorithm, type, parts);
  const said = headers[checksumHeader(algorithm)];
  if (said !== undefined && !isChecksum(algorithm, said.replace(/-\d+$/, ''))) throw invalidChecksum(algorithm);
  if (said !== undefined && said !== checksum.value && `${said}-${parts.length}` !== checksum.value) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return checksum;
}

/** S3's ETag of an object in parts: the MD5 of their MD5s, and how many they are. */
function etagOf(parts: readonly { etag: string }[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.etag, 'hex');
  return `${md5.digest('hex')}-${parts.length}`;
}
