// PutObject.
import { readAttributes, refuseUnsupported } from '../attributes.ts';
import { receiveBlob } from '../body.ts';
import { type Call, sendEmpty } from '../call.ts';
import { checksumHeader } from '../checksum.ts';
import { checkWrite, writeCondition } from '../conditions.ts';
import { readTags } from '../tags.ts';

export async function putObject(call: Call): Promise<void> {
  const { headers, services, bucket, key } = call;
  refuseUnsupported(headers);
  const attributes = readAttributes(headers);
  const tags = readTags(headers);
  const when = writeCondition(headers);
  // Refused here the body need not be sent at all; what counts is checked again when the write becomes visible.
  if (when) checkWrite(when, await services.index.find(bucket, key));
  else await services.index.requireBucket(bucket);
  const { blob, size, md5, checksum } = await receiveBlob(call);
  const stored = checksum && ({ ...checksum, type: 'FULL_OBJECT' } as const);
  await services.lane.write({
    kind: 'put',
    bucket,
    key,
    when,
    row: { blob, pieces: null, size, etag: md5, checksum: stored ?? null, ...attributes, tags },
  });
  sendEmpty(call, 200, {
    etag: `"${md5}"`,
    ...(stored && { [checksumHeader(stored.algorithm)]: stored.value, 'x-amz-checksum-type': stored.type }),
  });
}
