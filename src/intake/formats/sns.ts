// The envelope of AWS SNS. Whether it is to be believed is not decided here: `verify/sns.ts` does.
import { z } from 'zod';
import { type Format, invalid, named, readShape, sentId } from './fields.ts';

const TYPES = ['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation'] as const;

const notification = z.object({ Message: z.string(), MessageId: sentId });

export const sns: Format = {
  recognises: (body) => TYPES.includes(body.Type as never) && body.TopicArn !== undefined,
  read(body, inner) {
    if (body.Type === 'UnsubscribeConfirmation') return [{ kind: 'test', format: 's3', ...named(sentId.parse(body.MessageId)) }];
    if (body.Type === 'SubscriptionConfirmation') {
      throw invalid('Type', 'SubscriptionConfirmation can be answered at /hooks/events alone');
    }
    const { Message, MessageId } = readShape(notification, body);
    return inner(Message, 'Message').map((message) => ({ ...named(MessageId), ...message }));
  },
};

const lambdaRecord = z.object({ Sns: z.record(z.string(), z.unknown()) });

/** The same as a Lambda function is handed it. */
export const snsRecords: Format = {
  recognises: ({ Records }) => Array.isArray(Records) && Records[0]?.EventSource === 'aws:sns',
  read: ({ Records }, inner) =>
    (Records as unknown[]).flatMap((record, index) => {
      const { Sns } = readShape(lambdaRecord, record, `Records[${index}]`);
      return inner(Sns, `Records[${index}].Sns`);
    }),
};
