// What the configuration says of queues that events come in by: AWS SQS, or whatever speaks its protocol.
import { z } from 'zod';
import { name } from './name.ts';
import { range } from './recipe-schema.ts';

const url = z.url({
  protocol: /^https?$/,
  error: 'must be the URL of a queue, such as "https://sqs.eu-central-1.amazonaws.com/123456789012/pictures"',
});

const queueSchema = z.strictObject({
  url,
  /** As the URL says, or else AWS_REGION. */
  region: z.string().min(1, 'is empty').optional(),
  /** Where the queue is reached, if not at its URL. */
  endpoint: z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' }).optional(),
  /** URL of the queue that takes what cannot be understood. */
  deadLetter: url.optional(),
  /** Seconds that one request waits for messages. */
  waitSeconds: range(1, 20, 'whole').default(20),
  /** Seconds after which a message that could not be recorded comes back. */
  visibilitySeconds: range(3, 43_200, 'whole').default(30),
});

export const queuesSchema = z.record(name, queueSchema).superRefine((queues, context) => {
  const taken = new Map<string, string>();
  for (const [queue, { url }] of Object.entries(queues)) {
    const other = taken.get(url);
    if (other === undefined) taken.set(url, queue);
    else context.addIssue({ code: 'custom', path: [queue, 'url'], message: `is the one of queue "${other}" already` });
  }
  for (const [queue, { url, deadLetter }] of Object.entries(queues)) {
    if (deadLetter === undefined) continue;
    const complain = (message: string) => context.addIssue({ code: 'custom', path: [queue, 'deadLetter'], message });
    const reader = taken.get(deadLetter);
    if (reader !== undefined) complain(`is read from as queue "${reader}": what cannot be understood would go round for ever`);
    if (new URL(deadLetter).origin !== new URL(url).origin) complain(`must be where the queue is, at ${new URL(url).origin}`);
  }
});

/** A queue with its defaults, and its name. */
export type QueueConfig = z.output<typeof queueSchema> & { name: string };
