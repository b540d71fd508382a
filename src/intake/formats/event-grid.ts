// Azure Event Grid, in its own schema and as CloudEvents: the subject names container and blob as they are.
import { z } from 'zod';
import type { Message } from '../message.ts';
import {
  type Body,
  bucketName,
  etag,
  type Format,
  invalid,
  isBody,
  label,
  named,
  notice,
  objectKey,
  quoted,
  readShape,
  sentId,
  size,
} from './fields.ts';

const shape = z.object({ eventType: label, id: sentId });

const details = z.object({ contentLength: size, eTag: etag }).catch({});

const KINDS: Record<string, 'put' | 'delete'> = {
  'Microsoft.Storage.BlobCreated': 'put',
  'Microsoft.Storage.BlobDeleted': 'delete',
  // The subject is the new name; the old one is in `data.sourceUrl`, and found to be gone by the next sweep.
  'Microsoft.Storage.BlobRenamed': 'put',
};

const VALIDATION = 'Microsoft.EventGrid.SubscriptionValidationEvent';

export const eventGrid: Format = {
  recognises: (body) => typeof body.eventType === 'string' && body.specversion === undefined && 'data' in body,
  read(body) {
    const { eventType, id } = readShape(shape, body);
    return [readBlobEvent({ ...body, type: eventType, id })];
  },
};

/** @param event with its `type`, whatever its schema calls it */
export function readBlobEvent(event: Body & { type: string; id?: string | undefined }): Message {
  const { type, id, subject, data } = event;
  const about = { format: 'event-grid', ...named(id) } as const;
  // The subscription says that it begins, or that it ended.
  if (type.startsWith('Microsoft.EventGrid.')) return { kind: 'test', ...about };
  const kind = KINDS[type];
  if (!kind) return { kind: 'objects', ...about, objects: [] };
  const path = readShape(label.max(2048), subject, 'subject');
  const [, container, blob] = /^\/blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/s.exec(path) ?? [];
  if (container === undefined || blob === undefined) {
    throw invalid('subject', `${quoted(path)} is not /blobServices/default/containers/…/blobs/…`);
  }
  const { eTag, contentLength } = details.parse(data);
  const known = kind === 'put' ? { etag: eTag, size: contentLength } : {};
  const bucket = readShape(bucketName, container, 'subject');
  return { kind: 'objects', ...about, objects: [notice(kind, bucket, readShape(objectKey, blob, 'subject'), known)] };
}

/**
 * What is to be answered where a new subscription asks whether it is wanted: its code, given back. The address that comes with
 * it is never asked.
 */
export function validationAnswer(value: unknown): { validationResponse: string } | undefined {
  const [event] = [value].flat();
  if (!isBody(event) || event.eventType !== VALIDATION) return undefined;
  const { validationCode } = readShape(z.object({ validationCode: label }), event.data, 'data');
  return { validationResponse: validationCode };
}
