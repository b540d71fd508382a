// DeleteObject and DeleteObjects.
import { checkKeyLength } from '../address.ts';
import { receiveDocument } from '../body.ts';
import { type Call, sendEmpty, sendXml } from '../call.ts';
import { expectedChecksum } from '../checksum.ts';
import { unquote, type WriteCondition, writeCondition } from '../conditions.ts';
import { asS3Error, S3Error } from '../s3-error.ts';
import { element, xmlDocument } from '../xml.ts';
import { childrenNamed, childText, readXml } from '../xml-read.ts';
import { isOnlyVersion } from './get-object.ts';

/** Conditions of a delete that S3 has for some buckets only: to overlook one would remove what should stay. */
const UNSERVED = ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size'];

export async function deleteObject(call: Call): Promise<void> {
  const there = isOnlyVersion(call.query.get('versionId'));
  const unserved = UNSERVED.find((name) => name in call.headers);
  if (unserved) throw new S3Error('NotImplemented', undefined, { details: { Header: unserved } });
  await call.services.index.requireBucket(call.bucket);
  // Removing a version that is not there is no error, as with an object that is not.
  if (there) {
    await call.services.lane.write({ kind: 'delete', bucket: call.bucket, key: call.key, when: writeCondition(call.headers) });
  }
  sendEmpty(call, 204);
}

const MAX_KEYS = 1000;
/** A thousand keys of 1,024 bytes, many of them escaped, and what is around them. */
const MAX_DOCUMENT = 2 * 1024 * 1024;

interface Wanted {
  key: string;
  versionId: string | undefined;
  unserved: boolean;
  when: WriteCondition | undefined;
}

export async function deleteObjects(call: Call): Promise<void> {
  // A body that is cut short could name fewer keys, or shorter ones. S3 wants this though the signature may cover it, too.
  if (call.headers['content-md5'] === undefined && !expectedChecksum(call.headers)) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const document = readXml(await receiveDocument(call, MAX_DOCUMENT), 'Delete');
  const wanted = childrenNamed(document, 'Object').map((object): Wanted => {
    const etag = childText(object, 'ETag');
    return {
      key: childText(object, 'Key') ?? '',
      versionId: childText(object, 'VersionId'),
      unserved: childText(object, 'LastModifiedTime') !== undefined || childText(object, 'Size') !== undefined,
      when: etag === undefined ? undefined : { ifMatch: [unquote(etag)] },
    };
  });
  if (wanted.length === 0 || wanted.length > MAX_KEYS || wanted.some(({ key }) => key === '')) throw new S3Error('MalformedXML');
  const quiet = childText(document, 'Quiet')?.trim().toLowerCase() === 'true';
  await call.services.index.requireBucket(call.bucket);
  const results = await Promise.all(wanted.map((one) => deleteOne(call, one, quiet)));
  sendXml(call, 200, xmlDocument('DeleteResult', results.join('')));
}

async function deleteOne(call: Call, { key, versionId, unserved, when }: Wanted, quiet: boolean): Promise<string> {
  const version = element('VersionId', versionId);
  try {
    checkKeyLength(key);
    if (unserved) throw new S3Error('NotImplemented');
    if (isOnlyVersion(versionId)) await call.services.lane.write({ kind: 'delete', bucket: call.bucket, key, when });
    return quiet ? '' : `<Deleted>${element('Key', key)}${version}</Deleted>`;
  } catch (thrown) {
    const error = asS3Error(thrown);
    if (error.status >= 500) call.services.log.error({ err: error.cause ?? error, request: call.id, key }, 'a delete failed');
    return `<Error>${element('Key', key)}${version}${element('Code', error.code)}${element('Message', error.message)}</Error>`;
  }
}
