// What others are sent: a CloudEvent 1.0 in structured form.
import { randomUUID } from 'node:crypto';
import type { ChangeKind, RenditionChange } from '../domain/change.ts';
import { objectName } from '../domain/object-hint.ts';

export interface CloudEvent {
  specversion: '1.0';
  /** The same however often it is sent, and to whomever. */
  id: string;
  source: string;
  type: `pixmill.rendition.${ChangeKind}`;
  /** `bucket/key` of the output, or of the original of which there is none. */
  subject: string;
  /** When it was recorded, ISO 8601. */
  time: string;
  datacontenttype: 'application/json';
  data: Omit<RenditionChange, 'kind'>;
}

export function cloudEventOf({ kind, ...data }: RenditionChange, at: Date): CloudEvent {
  const { bucket, key } = 'output' in data ? data.output : data.original;
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: `urn:pixmill:pipeline:${data.pipeline}`,
    type: `pixmill.rendition.${kind}`,
    subject: objectName(bucket, key),
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}
