// What the configuration says of events: who is believed when they come in, and who is told of what was done.
import { z } from 'zod';
import { topicHost } from '../domain/topic.ts';
import { outHooksSchema } from './out-hooks-schema.ts';

const topic = z
  .string()
  .refine((name) => topicHost(name) !== undefined, 'must be the ARN of a topic: arn:aws:sns:REGION:ACCOUNT:NAME');

export const hooksSchema = z.strictObject({
  /** Everybody is believed. */
  open: z.boolean().default(false),
  /** Topics of AWS SNS whose signed messages are believed, and whose subscriptions are confirmed. */
  sns: z.strictObject({ topics: z.array(topic).min(1, 'names no topic') }).optional(),
  /** The service account as which Google Cloud pushes, and the audience that its subscription names. */
  google: z
    .strictObject({
      audience: z.string().min(1, 'is empty').max(1000),
      email: z.email('must be the e-mail of a service account'),
    })
    .optional(),
  out: outHooksSchema,
});

export type HooksConfig = z.output<typeof hooksSchema>;
