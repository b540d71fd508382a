// One batch out of a queue: each message on its own, so that a bad one keeps nobody back.
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { sql } from 'kysely';
import { Fault } from '../../domain/fault.ts';
import type { MessageServices } from '../receive-messages.ts';
import { takeIn } from '../take-in.ts';
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
  for (const message of messages) {
    try {
      if (await take(services, queue, client, message)) batch.done.push(message);
    } catch (error) {
      batch.trouble = error;
      // With the database away the rest would wait for it, one after the other.
      if (!(await answers(services))) break;
    }
  }
  return batch;
}

/** @returns false where it stays in the queue, whose own policy says what becomes of it */
async function take(services: MessageServices, queue: SqsQueue, client: SQSClient, message: Message): Promise<boolean> {
  const { name, deadLetter } = queue;
  const { MessageId: id = '', Body: body = '' } = message;
  const taken = await takeIn(services, { id, body }, { door: 'queue', sender: name });
  if (!(taken instanceof Fault)) return true;
  if (deadLetter === undefined) return false;
  await sendToDeadLetter(client, { name, url: deadLetter }, message, taken);
  return true;
}

async function answers({ db }: MessageServices): Promise<boolean> {
  return sql`SELECT 1`.execute(db).then(
    () => true,
    () => false,
  );
}
