// Reading the headers in which a version 4 signature comes.
import { S3Error } from './s3-error.ts';
import { ALGORITHM, formatAmzDate, parseAmzDate, parseCredential, type Scope } from './sigv4.ts';

/** `AuthorizationHeaderMalformed` and what is wrong with it. */
export function malformedHeader(why: string): S3Error {
  return new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${why}`);
}

/** The three components of a version 4 header, in any order. Throws `AuthorizationHeaderMalformed`. */
export function readAuthorization(text: string): { scope: Scope; names: string; signature: string } {
  const fields = new Map<string, string>();
  for (const field of text.slice(ALGORITHM.length).split(',')) {
    const equals = field.indexOf('=');
    if (equals > 0) fields.set(field.slice(0, equals).trim(), field.slice(equals + 1).trim());
  }
  const credential = fields.get('Credential');
  const names = fields.get('SignedHeaders');
  const signature = fields.get('Signature');
  if (!credential || !names || !signature) {
    throw malformedHeader(
      'the authorization header requires three components: Credential, SignedHeaders, and Signature, separated by commas.',
    );
  }
  const scope = parseCredential(credential);
  if (!scope) {
    throw malformedHeader('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request".');
  }
  return { scope, names, signature };
}

/** A plain Date header as SigV4 writes times; empty where it is none. */
export function readDate(text = ''): string {
  if (!Number.isNaN(parseAmzDate(text))) return text;
  const time = Date.parse(text);
  // Nobody's clock is at a time before there were any.
  return time > 0 ? formatAmzDate(new Date(time)) : '';
}
