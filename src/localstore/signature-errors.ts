// What a client is told whose signature does not hold: everything it needs to find its mistake, and nothing of the secret.
import { S3Error } from './s3-error.ts';

/** @param computed what this store made of the request, to be laid beside what the client made of it */
export function doesNotMatch(accessKeyId: string, given: string, computed: Record<string, string>): S3Error {
  const { StringToSign = '', ...more } = computed;
  const details = { AWSAccessKeyId: accessKeyId, StringToSign, SignatureProvided: given.slice(0, 200), ...more };
  return new S3Error('SignatureDoesNotMatch', undefined, { details });
}

/** @param end when the URL ended, and @param now, both in milliseconds */
export function hasExpired(end: number, now: number, more: Record<string, string> = {}): S3Error {
  const written = (time: number) => new Date(time).toISOString().replace(/\.\d+/, '');
  const details = { ...more, Expires: written(end), ServerTime: written(now) };
  return new S3Error('AccessDenied', 'Request has expired', { details });
}

/** Tokens go with credentials that somebody has lent, which nobody does here: those that come were meant for another store. */
export function invalidToken(): S3Error {
  return new S3Error(
    'InvalidToken',
    'This store has no temporary credentials: sign with an access key of its own, without x-amz-security-token.',
  );
}
