// Messages of AWS SQS as they are handed on with their envelope: to a Lambda function, or as they were received.
import { z } from 'zod';
import type { Message } from '../message.ts';
import { type Format, type Inner, named, readShape, sentId } from './fields.ts';

const lambdaRecord = z.object({ body: z.string(), messageId: sentId });
const received = z.object({ Body: z.string(), MessageId: sentId });

export const sqsRecords: Format = {
  recognises: ({ Records }) => Array.isArray(Records) && Records[0]?.eventSource === 'aws:sqs',
  read: ({ Records }, inner) =>
    (Records as unknown[]).flatMap((record, index) => {
      const { body, messageId } = readShape(lambdaRecord, record, `Records[${index}]`);
      return carried(inner, body, `Records[${index}].body`, messageId);
    }),
};

export const sqs: Format = {
  recognises: (body) => typeof body.Body === 'string' && body.MessageId !== undefined,
  read(body, inner) {
    const { Body, MessageId } = readShape(received, body);
    return carried(inner, Body, 'Body', MessageId);
  },
};

/** What is inside goes by its own name, where it has one. */
function carried(inner: Inner, body: string, field: string, id: string | undefined): Message[] {
  return inner(body, field).map((message) => ({ ...named(id), ...message }));
}
