// What AWS Lambda hands to a function: a batch of messages out of a queue, or an event by itself.
import { z } from 'zod';
import { Fault } from '../domain/fault.ts';
import type { QueuedMessage } from './take-in.ts';

/** A message of a batch, with what Lambda says of it. */
export interface BatchMessage extends QueuedMessage {
  /** Name of the queue. */
  queue: string;
  /** From 1; how often it was handed out. */
  receives: number;
}

const batch = z.object({
  Records: z.array(
    z.object({
      messageId: z.string().min(1),
      body: z.string(),
      eventSourceARN: z.string().default(''),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number().int().positive().catch(1) }).optional(),
    }),
  ),
});

/** @returns the messages of a batch of SQS; undefined where the event is no batch but a message itself */
export function readBatch(event: unknown): BatchMessage[] | undefined {
  const { Records } = (event ?? {}) as { Records?: { eventSource?: unknown }[] };
  if (!Array.isArray(Records) || Records[0]?.eventSource !== 'aws:sqs') return undefined;
  const parsed = batch.safeParse(event);
  if (!parsed.success) throw new Fault('invalid', `the batch of the queue is not as Lambda hands it on: ${parsed.error.message}`);
  return parsed.data.Records.map(({ messageId, body, eventSourceARN, attributes }) => ({
    id: messageId,
    body,
    queue: eventSourceARN.split(':').at(-1) ?? '',
    receives: attributes?.ApproximateReceiveCount ?? 1,
  }));
}
