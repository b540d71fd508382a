// The dead-letter queue: takes messages that cannot be understood, with the reason.
import { type Message, type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Fault } from '../../domain/fault.ts';

/** Attributes that SQS takes with one message. */
const MAX_ATTRIBUTES = 10;
/** Characters. */
const MAX_REASON = 500;

/** Sends a copy there, with its own attributes and those that say whence it came and why. */
export async function sendToDeadLetter(
  client: SQSClient,
  { name, url }: { name: string; url: string },
  message: Message,
  fault: Fault,
): Promise<void> {
  const said = { 'pixmill-reason': text(fault.message), 'pixmill-code': text(fault.code), 'pixmill-queue': text(name) };
  const carried = Object.entries(message.MessageAttributes ?? {})
    .filter(([attribute]) => !(attribute in said))
    .slice(0, MAX_ATTRIBUTES - Object.keys(said).length);
  const bare = { QueueUrl: url, MessageBody: message.Body, ...(url.endsWith('.fifo') && orderOf(message)) };
  try {
    await client.send(new SendMessageCommand({ ...bare, MessageAttributes: { ...Object.fromEntries(carried), ...said } }));
  } catch (error) {
    // A body that fills the queue's limit leaves no room for attributes. History has the reason.
    if (!/InvalidParameterValue/.test((error as Error).name)) throw error;
    await client.send(new SendMessageCommand(bare));
  }
}

/** What a FIFO queue demands. */
function orderOf({ MessageId, Attributes }: Message) {
  return { MessageGroupId: Attributes?.MessageGroupId ?? 'pixmill', MessageDeduplicationId: MessageId };
}

/** Of what SQS takes as text: no control characters, no half characters. */
function text(value: string): MessageAttributeValue {
  const clean = value
    .slice(0, MAX_REASON)
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF]+/gu, ' ');
  return { DataType: 'String', StringValue: clean };
}
