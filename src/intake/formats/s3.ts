// Notifications of S3 and of the stores that send the same: AWS, MinIO, Ceph RGW. They differ in how a key is written.
import { z } from 'zod';
import type { Message, ObjectNotice } from '../message.ts';
import {
  type Body,
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

/** `Records`, or a single one by itself, as Knative's sources hand it on. */
export const s3: Format = {
  recognises: (body) => Array.isArray(body.Records) || isRecord(body),
  read(body) {
    const [records, field] = isRecord(body) ? [[body], ''] : [body.Records as unknown[], 'Records'];
    return [readRecords(records, field)];
  },
};

/** What AWS sends once where a bucket's notifications are set up. */
export const s3Test: Format = {
  recognises: (body) => body.Event === 's3:TestEvent',
  read: ({ RequestId }) => [{ kind: 'test', format: 's3', ...named(sentId.parse(RequestId)) }],
};

const head = z.object({
  // "The same major version": within it fields are only ever added.
  eventVersion: z
    .string()
    .regex(/^2\.\d{1,6}$/, 'is not 2.x, which is what is understood')
    .optional(),
  eventSource: z.enum(['aws:s3', 'minio:s3', 'ceph:s3'], 'is none of aws:s3, minio:s3, ceph:s3').default('aws:s3'),
  eventName: label,
  eventId: sentId,
  responseElements: z.object({ 'x-amz-request-id': sentId }).optional().catch(undefined),
});

/** Deletes have neither size nor ETag. A key in its encoded form may be three times as long. */
const object = z.object({
  s3: z.object({
    bucket: z.object({ name: bucketName }),
    object: z.object({ key: z.string().max(4096, 'is longer than any key'), size, eTag: etag }),
  }),
});

function isRecord(body: Body): boolean {
  return typeof body.s3 === 'object' && body.eventName !== undefined;
}

function readRecords(records: unknown[], field: string): Message {
  const objects: ObjectNotice[] = [];
  let first: z.output<typeof head> | undefined;
  for (const [index, record] of records.entries()) {
    const at = field && `${field}[${index}]`;
    const said = readShape(head, record, at);
    first ??= said;
    const kind = kindOf(said.eventName);
    if (!kind) continue;
    const {
      s3: { bucket, object: about },
    } = readShape(object, record, at);
    const keyField = at ? `${at}.s3.object.key` : 's3.object.key';
    const key = said.eventSource === 'ceph:s3' ? about.key : decodeFormKey(about.key, keyField);
    objects.push(notice(kind, bucket.name, readShape(objectKey, key, keyField), { etag: about.eTag, size: about.size }));
  }
  if (!first) throw invalid(field, 'is empty');
  const format = first.eventSource === 'ceph:s3' ? 'ceph' : first.eventSource === 'minio:s3' ? 'minio' : 's3';
  return { kind: 'objects', format, ...named(first.eventId ?? first.responseElements?.['x-amz-request-id']), objects };
}

/**
 * What an event asks for; undefined where nothing is to be done. That must hold of reads (`ObjectAccessed`), which Pixmill
 * itself makes; it also holds of tags, access lists, replication, and moves between storage classes. MinIO begins each
 * name with `s3:`. An archived object that was restored can be read again, so it is as good as put.
 */
function kindOf(eventName: string): ObjectNotice['kind'] | undefined {
  const name = eventName.replace(/^s3:/, '');
  if (/^(ObjectCreated|ObjectRestore:Completed|ObjectSynced:Create)\b/.test(name)) return 'put';
  if (
    /^(ObjectRemoved|LifecycleExpiration|ObjectLifecycle:Expiration|ObjectSynced:Delete|ReducedRedundancyLostObject)\b/.test(name)
  ) {
    return 'delete';
  }
  return undefined;
}

/** AWS and MinIO encode keys as a form does: a space is "+", and "+" is "%2B". AWS leaves slashes as they are, MinIO does not. */
export function decodeFormKey(encoded: string, field: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw invalid(field, `${quoted(encoded)} is not encoded as a form encodes it`);
  }
}
