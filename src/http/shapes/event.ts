// Events as received, and the story of one object, as the API shows them.
import { z } from 'zod';
import { id, pageOf, time } from './common.ts';
import { storedObject } from './picture.ts';

export const event = z
  .object({
    id,
    bucket: z.string(),
    key: z.string(),
    kind: z.string(),
    sender: z.string(),
    etag: z.string().nullable(),
    size: z.int().nullable(),
    receivedAt: time,
  })
  .meta({ id: 'Event' });

export const eventPage = pageOf(event).meta({ id: 'EventPage' });

export const chapter = z
  .object({
    at: time,
    what: z.enum(['event', 'action', 'rendition', 'failure']),
    kind: z.string().describe('Of an event: put, delete, look. Of an action: rendered, ignored, retried …'),
    detail: z.string(),
    attempt: z.int().nullable(),
    ms: z.int().nullable(),
  })
  .meta({ id: 'Chapter' });

export type Chapter = z.output<typeof chapter>;

export const history = z
  .object({
    bucket: z.string(),
    key: z.string(),
    object: storedObject.nullable().describe('Null where the ledger does not know the name'),
    madeFrom: z
      .object({ bucket: z.string(), key: z.string() })
      .nullable()
      .describe('The original, where this is the name of a rendition'),
    pipelines: z.array(
      z.object({ name: z.string(), takes: z.boolean(), why: z.string().describe('Why the pipeline takes it, or does not') }),
    ),
    story: z.array(chapter).describe('In the order of time; at most the newest 500 of each kind'),
  })
  .meta({ id: 'History' });

export type History = z.output<typeof history>;
