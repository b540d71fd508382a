// Reads a queue: long polls, batches of ten, each message deleted only once it is recorded.
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { Consumer } from 'sqs-consumer';
import type { MessageServices } from '../receive-messages.ts';
import { takeBatch } from './batch.ts';
import { openClient, type SqsQueue, warnOfEndlessReturn } from './queue.ts';

/** Messages of one request, at most: SQS gives no more. */
const BATCH = 10;

/** Pauses while the queue or the database is away, in milliseconds: each is twice the one before. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** How often a consumer that stops looks whether its last batch is done, in milliseconds. */
const LOOK_MS = 10;

export interface RunningConsumer {
  /** Asks for no more, and finishes the batch in hand. */
  stop(): Promise<void>;
}

/**
 * Starts reading. Trouble is logged and waited out.
 * @param region where neither the queue nor its URL says one
 */
export function startConsumer(services: MessageServices, queue: SqsQueue, region: string): RunningConsumer {
  const { db, log } = services;
  const client = openClient(queue, region);
  const stopping = new AbortController();
  let receiving = false;
  let failures = 0;

  const consumer = Consumer.create({
    queueUrl: queue.url,
    sqs: client,
    batchSize: BATCH,
    waitTimeSeconds: queue.waitSeconds,
    visibilityTimeout: queue.visibilitySeconds,
    heartbeatInterval: queue.visibilitySeconds / 3,
    messageAttributeNames: ['All'],
    messageSystemAttributeNames: ['MessageGroupId'],
    // Events are hints, in whatever order.
    suppressFifoWarning: true,
    // The pauses are ours: the library makes none but after a few of the faults there are.
    authenticationErrorTimeout: 0,
    async preReceiveMessageCallback() {
      receiving = true;
      if (failures > 0) await waitOut();
    },
    async postReceiveMessageCallback() {
      receiving = false;
    },
    async handleMessageBatch(messages) {
      const { done, trouble } = await takeBatch(services, queue, client, messages);
      if (trouble === undefined) failures = 0;
      else fail(trouble, `${messages.length - done.length} of ${messages.length} messages are not done with and come back`);
      return done;
    },
  });
  consumer.on('empty', () => (failures = 0));
  consumer.on('error', (error) => fail(error.cause ?? error, error.message));

  function fail(error: unknown, what: string): void {
    if (stopping.signal.aborted) return;
    failures++;
    log.warn({ queue: queue.name, err: error, pauseMs: pauseAfter(failures) }, what);
  }

  /** Takes nothing out of the queue that could not be recorded: each time counts for the queue's redrive policy. */
  async function waitOut(): Promise<void> {
    await pause(pauseAfter(failures), undefined, { signal: stopping.signal });
    await sql`SELECT 1`.execute(db);
  }

  consumer.start();
  log.info({ queue: queue.name, url: queue.url }, 'reading the queue');
  if (queue.deadLetter === undefined) {
    // It may not be allowed to look; then nobody is warned.
    warnOfEndlessReturn(client, queue, log, stopping.signal).catch(() => {});
  }

  return {
    async stop() {
      stopping.abort();
      // A request that waits for messages is broken off; a batch in hand is not, nor is its deletion.
      consumer.stop({ abort: receiving });
      while (consumer.status.isPolling) await pause(LOOK_MS);
      client.destroy();
    },
  };
}

function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
}
