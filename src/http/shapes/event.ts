// Events as received, and the story of one object, as the API shows them.
import { z } from 'zod';
import { DOORS } from '../../domain/object-hint.ts';
import { id, pageOf, time } from './common.ts';
import { storedObject } from './picture.ts';

export const event = z
  .object({
    id,
    message: z.string().nullable().describe('The same for all objects of one message'),
    door: z.enum(DOORS).describe('Where it came in'),
    sender: z.string().nullable().describe('Whose token it had, or which queue it came from'),
    format: z.string().nullable().describe('The wire format'),
    sentId: z.string().nullable().describe("The sender's own name for it: the same again on a replay"),
    kind: z.string().describe('put, delete, look, cron, test, rejected'),
    bucket: z.string().nullable().describe('Null where it speaks of no object'),
    key: z.string().nullable(),
    etag: z.string().nullable(),
    size: z.int().nullable(),
    pipeline: z.string().nullable().describe('Of a timer: the pipeline that it sweeps'),
    run: id.nullable().describe('Of a timer: the run that answers it'),
    receivedAt: time,
    result: z.string().nullable().describe('What was done about it; null until then'),
    detail: z.string().nullable(),
    doneAt: time.nullable(),
  })
  .meta({ id: 'Event' });

export type ShownEvent = z.output<typeof event>;

export const wholeEvent = z
  .object({ ...event.shape, payload: z.string().nullable().describe('The message as received, at most 64 KiB of it') })
  .meta({ id: 'WholeEvent' });

export const eventPage = pageOf(event).meta({ id: 'EventPage' });

export const chapter = z
  .object({
    at: time,
    what: z.enum(['event', 'action', 'rendition', 'failure']),
    kind: z.string().describe('Of an event: put, delete, look. Of an action: rendered, ignored, retried …'),
    detail: z.string(),
    attempt: z.int().nullable(),
    ms: z.int().nullable(),
    run: id.nullable().describe('Of an action: the run that found the object, where one did'),
    event: event.nullable().describe('Of an event: all that is known of it'),
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
