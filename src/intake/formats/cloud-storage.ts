// What Google Cloud Storage says through Pub/Sub: all that matters is in the attributes, and the key is as it is.
import { z } from 'zod';
import {
  type Body,
  bucketName,
  type Format,
  isBody,
  label,
  named,
  notice,
  objectKey,
  readShape,
  sentId,
  size,
} from './fields.ts';

const shape = z.object({
  message: z.object({
    messageId: sentId,
    message_id: sentId,
    attributes: z.object({ eventType: label, payloadFormat: z.string().optional() }),
    data: z.string().optional(),
  }),
});

const object = z.object({
  bucketId: bucketName,
  objectId: objectKey,
  overwrittenByGeneration: z.string().optional(),
});

export const cloudStorage: Format = {
  recognises: ({ message }) => isBody(message) && isBody(message.attributes) && message.attributes.eventType !== undefined,
  read(body) {
    const { message } = readShape(shape, body);
    const about = { format: 'cloud-storage', ...named(message.messageId ?? message.message_id) } as const;
    const removed = REMOVED.has(message.attributes.eventType);
    // Metadata is changed without a change to the picture.
    if (!removed && message.attributes.eventType !== 'OBJECT_FINALIZE') {
      return [{ kind: 'objects', ...about, objects: [] }];
    }
    const { attributes } = body.message as { attributes: Body };
    const { bucketId, objectId, overwrittenByGeneration } = readShape(object, attributes, 'message.attributes');
    // The version that went has a successor: the object is there.
    const kind = removed && overwrittenByGeneration === undefined ? 'delete' : 'put';
    const known = removed ? {} : { size: sizeOf(message.data) };
    return [{ kind: 'objects', ...about, objects: [notice(kind, bucketId, objectId, known)] }];
  },
};

/** In a bucket that keeps versions, a deleted object's last version is archived. */
const REMOVED = new Set(['OBJECT_DELETE', 'OBJECT_ARCHIVE']);

/** The payload is the object's description, in base64, or nothing. */
function sizeOf(data: string | undefined): number | undefined {
  if (!data) return undefined;
  try {
    return z.object({ size }).parse(JSON.parse(Buffer.from(data, 'base64').toString('utf8'))).size;
  } catch {
    return undefined;
  }
}
