// Events of AWS EventBridge: what S3 says through it, and its schedules.
import { z } from 'zod';
import {
  bucketName,
  etag,
  type Format,
  invalid,
  label,
  named,
  notice,
  objectKey,
  quoted,
  readShape,
  sentId,
  size,
} from './fields.ts';

const head = z.object({ 'detail-type': label, source: label, id: sentId });

/** Here the key is as it is, and `etag` is written small. */
const detail = z.object({
  bucket: z.object({ name: bucketName }),
  object: z.object({ key: objectKey, size, etag }),
});

/** Tags, access lists and storage classes change without a change to the picture. */
const KINDS: Record<string, 'put' | 'delete'> = {
  'Object Created': 'put',
  'Object Restore Completed': 'put',
  'Object Deleted': 'delete',
};

export const eventBridge: Format = {
  recognises: (body) => body['detail-type'] !== undefined,
  read(body) {
    const { 'detail-type': type, source, id } = readShape(head, body);
    if (type === 'Scheduled Event') return [{ kind: 'cron', format: 'cron', ...named(id), pipelines: 'all' }];
    if (source !== 'aws.s3') throw invalid('source', `${quoted(source)} is not aws.s3`);
    const kind = KINDS[type];
    if (!kind) return [{ kind: 'objects', format: 'event-bridge', ...named(id), objects: [] }];
    const { bucket, object } = readShape(detail, body.detail, 'detail');
    return [{ kind: 'objects', format: 'event-bridge', ...named(id), objects: [notice(kind, bucket.name, object.key, object)] }];
  },
};
