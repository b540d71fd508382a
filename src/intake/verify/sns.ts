// Believes a message of AWS SNS by its signature, and answers subscriptions: only of topics that the configuration names.
import { verify } from 'node:crypto';
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { topicHost } from '../../domain/topic.ts';
import { type Body, label } from '../formats/fields.ts';
import { type Fetch, fetchText } from './bounded-fetch.ts';
import { openCertificates } from './certificates.ts';

/** A message is good for an hour, so that whoever got hold of one cannot send it for ever. */
const MAX_AGE_MS = 3_600_000;

const signed = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  TopicArn: label,
  MessageId: label,
  Message: z.string(),
  Subject: z.string().nullish(),
  Timestamp: z.iso.datetime({ offset: true }),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.base64().min(1),
  SigningCertURL: z.string(),
  SubscribeURL: z.string().optional(),
  Token: z.string().optional(),
});
type Signed = z.output<typeof signed>;

export interface SnsVerifier {
  /**
   * @returns the topic's name
   * @throws Fault `unauthenticated` that says what is not to be believed; `unavailable` where its certificate cannot be fetched now
   */
  verify(message: Body): Promise<string>;
  /** Tells SNS that its messages are wanted. @throws Fault `unauthenticated`, `unavailable` */
  confirm(message: Body): Promise<void>;
}

/** @param topics of no other is anything believed, and no host but theirs is ever asked */
export function openSnsVerifier(topics: readonly string[], fetch: Fetch, now: () => number = Date.now): SnsVerifier {
  const certificateAt = openCertificates(fetch, now);

  function hostOf(topic: unknown): string {
    const host = typeof topic === 'string' && topics.includes(topic) ? topicHost(topic) : undefined;
    if (host === undefined) {
      throw refuse('TopicArn is none of those that are configured', 'name the topic in hooks.sns.topics of the configuration');
    }
    return host;
  }

  return {
    async verify(body) {
      const host = hostOf(body.TopicArn);
      const parsed = signed.safeParse(body);
      if (!parsed.success) throw refuse(`${parsed.error.issues[0]?.path.join('.')} is missing, or is not what SNS sends`);
      const message = parsed.data;
      if (Math.abs(now() - Date.parse(message.Timestamp)) > MAX_AGE_MS) throw refuse('Timestamp is more than an hour from now');
      const { origin, path } = splitUrl(message.SigningCertURL);
      // As written, and not as a parser would mend it: no port, no name, no query, no other place.
      if (origin !== `https://${host}` || !/^\/SimpleNotificationService-[0-9a-f]{1,64}\.pem$/.test(path)) {
        throw refuse(`SigningCertURL is not at ${host}`);
      }
      const certificate = await certificateAt(message.SigningCertURL);
      if (now() < certificate.validFromDate.getTime() || now() > certificate.validToDate.getTime()) {
        throw refuse('the certificate of SigningCertURL is not valid now');
      }
      const algorithm = message.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
      const signature = Buffer.from(message.Signature, 'base64');
      if (!verify(algorithm, Buffer.from(signedText(message)), certificate.publicKey, signature)) {
        throw refuse('Signature does not fit the message');
      }
      return message.TopicArn;
    },

    async confirm(body) {
      const host = hostOf(body.TopicArn);
      const url = typeof body.SubscribeURL === 'string' ? body.SubscribeURL : '';
      const { origin, path } = splitUrl(url);
      const query = new URLSearchParams(path.slice('/?'.length));
      const asks = query.get('Action') === 'ConfirmSubscription' && query.get('TopicArn') === body.TopicArn && query.has('Token');
      if (origin !== `https://${host}` || !path.startsWith('/?') || !asks) {
        throw refuse(`SubscribeURL does not confirm this topic at ${host}`);
      }
      await fetchText(fetch, url, 'the confirmation of the subscription');
    },
  };
}

/** What is signed (docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages"): names and values, a line each. */
function signedText(message: Signed): string {
  const names =
    message.Type === 'Notification'
      ? (['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const)
      : (['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const);
  const lines = names.map((name) => {
    const value = message[name] ?? undefined;
    return value === undefined ? '' : `${name}\n${value}\n`;
  });
  return lines.join('');
}

function splitUrl(url: string): { origin: string; path: string } {
  const slash = url.indexOf('/', 'https://'.length);
  return slash === -1 ? { origin: url, path: '' } : { origin: url.slice(0, slash), path: url.slice(slash) };
}

function refuse(complaint: string, mend?: string): Fault {
  return new Fault('unauthenticated', `this message of SNS is not believed: ${complaint}`, mend === undefined ? {} : { mend });
}
