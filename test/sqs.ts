// Queues and topics for tests: an emulator of SQS and SNS in this process, spoken to through the real client.
import { type Message, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { until } from './program.ts';

/** Credentials as the SDK's usual chain finds them; the emulator takes any. */
export const ANY_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'PXMLTEST', AWS_SECRET_ACCESS_KEY: 'any' };

export interface TestSqs {
  server: FauxqsServer;
  /** Origin of the emulator. */
  url: string;
  client: SQSClient;
  /** @returns the URL of a new queue */
  createQueue(name: string, attributes?: Record<string, string>): string;
  /** Sends bodies in batches of ten. */
  send(queueUrl: string, bodies: string[]): Promise<void>;
  /** The bodies that wait to be received, and how many messages somebody has in hand. */
  look(name: string): { ready: string[]; held: number };
  /** Resolves when nothing lies in the queue, and nobody has anything of it in hand. */
  emptied(name: string): Promise<void>;
  /** Takes what is there, waiting up to so many seconds. */
  receive(queueUrl: string, seconds: number): Promise<Message[]>;
  stop(): Promise<void>;
}

export async function startTestSqs(): Promise<TestSqs> {
  const server = await startFauxqs({ port: 0, logger: false });
  const url = `http://127.0.0.1:${server.port}`;
  const client = new SQSClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  const look = (name: string) => {
    const messages = server.inspectQueue(name)?.messages;
    if (!messages) throw new Error(`there is no queue ${name}`);
    return { ready: messages.ready.map(({ body }) => body), held: messages.inflight.length };
  };
  return {
    server,
    url,
    client,
    createQueue(name, attributes = {}) {
      server.createQueue(name, { attributes });
      return `${url}/000000000000/${name}`;
    },
    async send(queueUrl, bodies) {
      for (let at = 0; at < bodies.length; at += 10) {
        const entries = bodies.slice(at, at + 10).map((body, index) => ({ Id: String(index), MessageBody: body }));
        await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
      }
    },
    look,
    async emptied(name) {
      await until(`queue ${name} is empty`, async () => {
        const { ready, held } = look(name);
        return ready.length === 0 && held === 0 ? true : undefined;
      });
    },
    async receive(queueUrl, seconds) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        WaitTimeSeconds: seconds,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      });
      return (await client.send(command)).Messages ?? [];
    },
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}
