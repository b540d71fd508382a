// POST hooks/events and its other names: events of stores, queues and timers, acknowledged once they are recorded and queued.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../domain/fault.ts';
import { isBinary } from '../../intake/formats/cloud-event.ts';
import { validationAnswer } from '../../intake/formats/event-grid.ts';
import { type Body, isBody } from '../../intake/formats/fields.ts';
import { sns } from '../../intake/formats/sns.ts';
import type { Provenance } from '../../intake/message.ts';
import { MAX_MESSAGE_BYTES, parseMessages, parseTimer, type RawMessage, tooLarge } from '../../intake/parse.ts';
import { isRefusal } from '../../intake/receive-messages.ts';
import type { Api } from '../api.ts';
import { openSenders, type Sender } from '../senders.ts';
import type { HttpServices } from '../services.ts';
import { messageBody, received, tokenInQuery, validation } from '../shapes/hook.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the event, once that is proven. */
    sender: Sender | undefined;
  }
}

/** Messages of one address in a minute: a store tells of each object by itself, and pictures come in by the thousand. */
const MESSAGES = { max: 60_000, timeWindow: 60_000 };

/** Whatever comes here is meant as a timer. */
const CRON = '/events/cron';

const DOORS = [
  { url: '/hooks/events', summary: 'Events of any store, queue or timer, recognised by their shape', read: parseMessages },
  { url: '/events/cos', summary: 'The same, under the name that IBM COS is pointed at', read: parseMessages },
  { url: CRON, summary: 'A timer: sweeps all pipelines, or those that the body names', read: parseTimer },
  { url: '/', summary: 'The same as hooks/events, for daemons that hand messages of a queue on', read: parseMessages },
];

export function hookRoutes(app: Api, services: HttpServices): void {
  const { accounts, config, fetch, log, receiveMessages, rejectMessage } = services;
  const senders = openSenders(accounts, config.hooks, fetch);

  app.register(async (scope: Api) => {
    scope.decorateRequest('sender', undefined);
    scope.removeAllContentTypeParsers();
    // Senders say what they like of the type: SNS calls its JSON text, and some say nothing.
    const parsing = { parseAs: 'buffer', bodyLimit: MAX_MESSAGE_BYTES } as const;
    scope.addContentTypeParser('*', parsing, (_request, body, done) => done(null, body));
    // Before the body is read, wherever the head can tell.
    scope.addHook('onRequest', async (request) => {
      request.sender = await senders.ofHead(request);
      request.identity = request.sender?.identity;
    });
    scope.setErrorHandler(async (thrown, request) => {
      const fault = (thrown as { statusCode?: number }).statusCode === 413 ? tooLarge() : thrown;
      if (fault instanceof Fault) await noteRefusal(request, fault);
      throw fault;
    });

    for (const { url, summary, read } of DOORS) {
      scope.post(
        url,
        {
          bodyLimit: MAX_MESSAGE_BYTES,
          config: { rateLimit: MESSAGES },
          schema: {
            tags: ['hooks'],
            summary,
            description:
              'An event that is a CloudEvent is answered with no body. docs/events.md says how to point each store here.',
            security: [{ hook: [] }, { hookQuery: [] }, { token: [] }],
            consumes: ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json', 'text/plain'],
            querystring: tokenInQuery,
            body: messageBody,
            response: { 200: received.or(validation) },
          },
        },
        async (request, reply) => {
          reply.header('cache-control', 'no-store');
          const raw = rawOf(request);
          const value = readJson(raw.body);
          const envelope = isBody(value) && sns.recognises(value) ? value : undefined;
          request.sender ??= await senders.ofBody(envelope);
          if (envelope?.Type === 'SubscriptionConfirmation') return confirm(envelope);
          const answer = validationAnswer(value);
          if (answer) return answer;
          const result = await receiveMessages(read(raw), provenance(request));
          return isCloudEvent(request) ? sendNothing(reply) : result;
        },
      );
    }

    // How Event Grid asks whether CloudEvents are wanted (github.com/cloudevents/spec, HTTP webhook, 4).
    scope.options('/hooks/events', { schema: { hide: true } }, async (request, reply) => {
      request.sender ??= await senders.ofBody(undefined);
      const origin = request.headers['webhook-request-origin'];
      if (typeof origin === 'string') reply.header('webhook-allowed-origin', origin).header('webhook-allowed-rate', '*');
      return reply.header('allow', 'POST, OPTIONS').send();
    });
  });

  /** What strangers send is not kept, lest they fill the history and the log. */
  async function noteRefusal(request: FastifyRequest, fault: Fault): Promise<void> {
    if (!request.sender) return log.debug({ request: request.id, reason: fault.message }, 'message refused');
    if (!isRefusal(fault)) return;
    // The answer is the same where even that cannot be written down.
    const kind = request.routeOptions.url === CRON ? 'cron' : 'rejected';
    await rejectMessage(provenance(request), fault.message, kind).catch((err) => log.warn({ err }, 'refusal not recorded'));
  }

  async function confirm(envelope: Body) {
    await senders.confirm(envelope);
    log.info({ topic: envelope.TopicArn }, 'subscription confirmed');
    return { received: 0, ignored: 0 };
  }
}

function rawOf({ headers, body }: FastifyRequest): RawMessage {
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw new Fault('unsupported', `bodies are not unpacked: content-encoding ${headers['content-encoding']}`);
  }
  return { headers: Object.fromEntries(attributesOf(headers)) as Record<string, string>, body: textOf(body) };
}

/** Those of a CloudEvent. */
function attributesOf(headers: FastifyRequest['headers']): [string, unknown][] {
  return Object.entries(headers).filter(([name]) => name.startsWith('ce-'));
}

function textOf(body: unknown): string {
  try {
    return Buffer.isBuffer(body) ? new TextDecoder('utf-8', { fatal: true }).decode(body) : '';
  } catch {
    throw new Fault('invalid', 'the message is not UTF-8');
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Knative takes any body that is no CloudEvent for a failure, and would send the event again. */
function isCloudEvent({ headers }: FastifyRequest): boolean {
  return isBinary(headers as Record<string, string>) || /^application\/cloudevents/i.test(headers['content-type'] ?? '');
}

function sendNothing(reply: FastifyReply): FastifyReply {
  return reply.code(200).header('content-length', 0).send();
}

function provenance({ sender, headers, body }: FastifyRequest): Provenance {
  const head = attributesOf(headers).map(([name, value]) => `${name}: ${value}\n`);
  const said = Buffer.isBuffer(body) ? body.toString() : '';
  const payload = head.length > 0 ? `${head.join('')}\n${said}` : said;
  return { door: 'hook', sender: sender?.name ?? '', payload };
}
