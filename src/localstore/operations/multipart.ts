// CreateMultipartUpload and AbortMultipartUpload.
import { randomBytes } from 'node:crypto';
import { readAttributes, refuseUnsupported } from '../attributes.ts';
import { type Call, sendEmpty, sendXml } from '../call.ts';
import { isCrc, parseAlgorithm } from '../checksum.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import { endUpload } from '../stale-uploads.ts';
import type { ChecksumAlgorithm, StoredChecksum } from '../tables.ts';
import { readTags } from '../tags.ts';
import { element, xmlDocument } from '../xml.ts';
import { requireUpload } from './parts.ts';

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

export async function abortUpload(call: Call): Promise<void> {
  const upload = await requireUpload(call);
  await call.services.lane.alone(async (tx) => {
    const dropped = await endUpload(tx, upload.id);
    if (!dropped) throw new S3Error('NoSuchUpload');
    return { result: undefined, dropped };
  });
  sendEmpty(call, 204);
}
