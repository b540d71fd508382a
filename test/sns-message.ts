// Messages as AWS SNS sends them, signed by a certificate of the test's own.
import { sign } from 'node:crypto';
import type { TestCertificate } from './certificate.ts';

export const TOPIC_ARN = 'arn:aws:sns:us-east-1:123456789012:pictures';
export const CERT_URL = 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem';

/** Signs what the changes make of a notification, or of a confirmation where they say so. */
export function snsMessage(certificate: TestCertificate, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const message: Record<string, unknown> = {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: TOPIC_ARN,
    Message: 'hello',
    Timestamp: new Date().toISOString(),
    SignatureVersion: '2',
    SigningCertURL: CERT_URL,
    UnsubscribeURL: 'https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe',
    ...changes,
  };
  const names =
    message.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names
    .filter((name) => message[name] !== undefined)
    .map((name) => `${name}\n${message[name]}\n`)
    .join('');
  const algorithm = message.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return { Signature: sign(algorithm, Buffer.from(text), certificate.privateKey).toString('base64'), ...message };
}

export function snsConfirmation(certificate: TestCertificate, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: TOPIC_ARN, Token: '2336412f37' });
  return snsMessage(certificate, {
    Type: 'SubscriptionConfirmation',
    Message: 'You have chosen to subscribe to the topic.',
    Token: '2336412f37',
    SubscribeURL: `https://sns.us-east-1.amazonaws.com/?${query}`,
    ...changes,
  });
}
