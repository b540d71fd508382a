// A queue of AWS SQS, or of whatever speaks its protocol: where it is, and how it is reached.
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Log } from '../../domain/ports.ts';

export interface SqsQueue {
  /** As it is called in the configuration. */
  name: string;
  url: string;
  region?: string | undefined;
  /** Where it is reached, if not at its URL. */
  endpoint?: string | undefined;
  /** URL of the queue that takes what cannot be understood. */
  deadLetter?: string | undefined;
  /** Seconds that one request waits for messages. */
  waitSeconds: number;
  /** Seconds after which a message that was not deleted comes back. */
  visibilitySeconds: number;
}

/** Longest wait for a connection, and for the next byte, in milliseconds; a request may wait for messages for 20 s. */
const CONNECT_MS = 5_000;
const SOCKET_MS = 60_000;

/**
 * A client with the credentials of the SDK's usual chain.
 * @param region where neither the queue nor its URL says one
 */
export function openClient({ url, region, endpoint }: SqsQueue, fallback: string): SQSClient {
  return new SQSClient({
    region: region ?? regionOf(url) ?? fallback,
    // Left to itself, the SDK goes by the URL as well, and warns of it with every request.
    endpoint: endpoint ?? new URL(url).origin,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SOCKET_MS },
  });
}

/** `https://sqs.eu-central-1.amazonaws.com/…`, and the other shapes that the names of AWS have. */
function regionOf(url: string): string | undefined {
  return new URL(url).hostname.split('.').find((label) => /^[a-z]{2}(-[a-z]+)+-\d+$/.test(label));
}

/** What cannot be understood is left in a queue that has no other place for it, and comes back until it expires. */
export async function warnOfEndlessReturn(client: SQSClient, { name, url }: SqsQueue, log: Log, signal: AbortSignal) {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] });
  const { Attributes } = await client.send(command, { abortSignal: signal });
  if (Attributes?.RedrivePolicy) return;
  const mend = `set queues.${name}.deadLetter, or give the queue a redrive policy`;
  log.warn({ queue: name, mend }, 'messages that cannot be understood have nowhere to go, and come back until they expire');
}
