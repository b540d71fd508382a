// The least that can be said: which object. For scripts, and for whatever can be taught to send it.
import { z } from 'zod';
import { bucketName, etag, type Format, named, notice, objectKey, readShape, sentId, size } from './fields.ts';

const shape = z.object({
  bucket: bucketName,
  key: objectKey,
  kind: z.enum(['put', 'delete'], 'is neither put nor delete').default('put'),
  id: sentId,
  etag,
  size,
});

export const plain: Format = {
  recognises: (body) => typeof body.bucket === 'string' && body.key !== undefined,
  read(body) {
    const { bucket, key, kind, id, ...known } = readShape(shape, body);
    return [{ kind: 'objects', format: 'plain', ...named(id), objects: [notice(kind, bucket, key, known)] }];
  },
};
