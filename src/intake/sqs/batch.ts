// One batch out of a queue: what is done with may be deleted, and a bad message keeps nobody back.
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { MessageServices } from '../receive-messages.ts';
import { type Taken, takeIn } from '../take-in.ts';
import { sendToDeadLetter } from './dead-letter.ts';
import type { SqsQueue } from './queue.ts';

export interface TakenBatch {
  /** May be deleted: everything about them is recorded. */
  done: Message[];
  /** Why others must come again, where it is not their own fault. */
  trouble: unknown;
}

export async function takeBatch(
  services: MessageServices,
  queue: SqsQueue,
  client: SQSClient,
  messages: Message[],
): Promise<TakenBatch> {
  const batch: TakenBatch = { done: [], trouble: undefined };
  const bodies = messages.map(({ MessageId: id = '', Body: body = '' }) => ({ id, body }));
  const taken = await takeIn(services, bodies, { door: 'queue', sender: queue.name });
  for (const [index, message] of messages.entries()) {
    try {
      if (await conclude(queue, client, message, taken[index] as Taken)) batch.done.push(message);
    } catch (error) {
      batch.trouble = error;
    }
  }
  return batch;
}

/** @returns false where it stays in the queue, whose own policy says what becomes of it */
async function conclude({ name, deadLetter }: SqsQueue, client: SQSClient, message: Message, taken: Taken): Promise<boolean> {
  if (taken.kind === 'failed') throw taken.error;
  if (taken.kind === 'received') return true;
  if (deadLetter === undefined) return false;
  await sendToDeadLetter(client, { name, url: deadLetter }, message, taken.fault);
  return true;
}
