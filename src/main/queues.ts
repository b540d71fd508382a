// Starts to read the queues that the configuration names.
import type { QueueConfig } from '../config/queues-schema.ts';
import type { MessageServices } from '../intake/receive-messages.ts';
import { startConsumer } from '../intake/sqs/consumer.ts';

/**
 * @param region of AWS, for queues that say no other
 * @returns what stops reading, once the batches in hand are finished
 */
export function startQueues(queues: QueueConfig[], services: MessageServices, region: string): () => Promise<void> {
  const consumers = queues.map((queue) => startConsumer(services, queue, region));
  return async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
  };
}
