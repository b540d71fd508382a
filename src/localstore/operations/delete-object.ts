// DeleteObject and DeleteObjects.
import { checkKeyLength } from '../address.ts';
import { receiveDocument } from '../body.ts';
import { type Call, sendEmpty, sendXml } from '../call.ts';
import { unquote, type WriteCondition, writeCondition } from '../conditions.ts';
import { asS3Error, S3Error } from '../s3-error.ts';
import { element, xmlDocument } from '../xml.ts';
import { childrenNamed, childText, readXml } from '../xml-read.ts';
import { checkVersionId } from './get-object.ts';

export async function deleteObject(call: Call): Promise<void> {
  checkVersionId(call);
  await call.services.lane.write({ kind: 'delete', bucket: call.bucket, key: call.key, when: writeCondition(call.headers) });
  sendEmpty(call, 204);
}

const MAX_KEYS = 1000;
/** A thousand keys of 1,024 bytes, each byte written as a reference, and what is around them. */
const MAX_DOCUMENT = 8 * 1024 * 1024;

interface Wanted {
  key: string;
  versionId: string | undefined;
  when: WriteCondition | undefined;
}

export async function deleteObjects(call: Call): Promise<void> {
  const document = readXml(await receiveDocument(call, MAX_DOCUMENT), 'Delete');
  const wanted = childrenNamed(document, 'Object').map((object): Wanted => {
    const etag = childText(object, 'ETag');
    return {
      key: childText(object, 'Key') ?? '',
      versionId: childText(object, 'VersionId'),
      when: etag === undefined ? undefined : { ifMatch: [unquote(etag)] },
    };
  });
  if (wanted.length === 0 || wanted.length > MAX_KEYS || wanted.some(({ key }) => key === '')) throw new S3Error('MalformedXML');
  const quiet = childText(document, 'Quiet')?.trim() === 'true';
  await call.services.index.requireBucket(call.bucket);
  const results = await Promise.all(wanted.map((one) => deleteOne(call, one, quiet)));
  sendXml(call, 200, xmlDocument('DeleteResult', results.join('')));
}

async function deleteOne(call: Call, { key, versionId, when }: Wanted, quiet: boolean): Promise<string> {
  const version = element('VersionId', versionId);
  try {
    checkKeyLength(key);
    if (versionId !== undefined && versionId !== 'null') throw new S3Error('NoSuchVersion');
    await call.services.lane.write({ kind: 'delete', bucket: call.bucket, key, when });
    return quiet ? '' : `<Deleted>${element('Key', key)}${version}</Deleted>`;
  } catch (thrown) {
    const error = asS3Error(thrown);
    if (error.status >= 500) call.services.log.error({ err: error.cause ?? error, request: call.id, key }, 'a delete failed');
    return `<Error>${element('Key', key)}${version}${element('Code', error.code)}${element('Message', error.message)}</Error>`;
  }
}
