// What IBM Cloud Object Storage sends, as the data of a CloudEvent or by itself: sizes are text, and the key is as it is.
import { z } from 'zod';
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

const shape = z.object({
  bucket: bucketName,
  key: objectKey,
  operation: label,
  notification: z.object({ object_etag: etag, object_length: size, request_id: sentId }).default({}),
});

const KINDS: Record<string, 'put' | 'delete'> = { 'object:write': 'put', 'object:delete': 'delete' };

export const cos: Format = {
  recognises: (body) => body.operation !== undefined && body.bucket !== undefined && body.key !== undefined,
  read(body: Body) {
    const { bucket, key, operation, notification } = readShape(shape, body);
    const kind = KINDS[operation.toLowerCase()];
    if (!kind) throw invalid('operation', `${quoted(operation)} is neither Object:Write nor Object:Delete`);
    const { object_etag: etag, object_length: size, request_id: id } = notification;
    const known = kind === 'put' ? { etag, size } : {};
    return [{ kind: 'objects', format: 'cos', ...named(id), objects: [notice(kind, bucket, key, known)] }];
  },
};
