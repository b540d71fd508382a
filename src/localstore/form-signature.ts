// Who signed the policy of a form, in version 4 or 2. Protocol: "Authenticating Requests in Browser-Based Uploads Using POST" of
// the S3 API reference, and "Browser-Based Uploads Using POST (Signature Version 2)" of the user guide.
import { createHmac } from 'node:crypto';
import { checkRegion, type FindKey, type Identity, known, MAX_EXPIRES_S, SKEW_MS } from './authenticate.ts';
import type { AccessKey } from './keys.ts';
import { invalidArgument, S3Error } from './s3-error.ts';
import { doesNotMatch, invalidToken } from './signature-errors.ts';
import { ALGORITHM, parseAmzDate, parseCredential, sameSignature, sign, signingKey } from './sigv4.ts';

type Fields = ReadonlyMap<string, string>;

/** How S3 writes the fields that each version needs. */
const V4 = ['X-Amz-Signature', 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date'];
const V2 = ['Signature', 'AWSAccessKeyId'];

/**
 * Verifies the signature of a form, which covers its policy and nothing else: what the policy says must be checked, too.
 * Throws S3's error for everything that is not proven.
 * @param region that the store is in, and that version 4 must be signed for. @param now milliseconds
 */
export async function authenticateForm(fields: Fields, keys: FindKey, region: string, now: number): Promise<Identity> {
  const policy = fields.get('policy');
  if (!policy)
    throw new S3Error(
      'AccessDenied',
      'Access Denied: a form needs a policy and its signature, as this store has no public buckets.',
    );
  if (fields.has('x-amz-security-token')) throw invalidToken();
  const version2 = V2.some((name) => fields.has(name.toLowerCase()));
  const version4 = V4.some((name) => fields.has(name.toLowerCase()));
  const accessKey =
    version2 && !version4 ? await byVersion2(fields, policy, keys) : await byVersion4(fields, policy, keys, region, now);
  return { accessKey, payload: {}, presigned: false };
}

async function byVersion4(fields: Fields, policy: string, keys: FindKey, region: string, now: number): Promise<AccessKey> {
  const [signature = '', algorithm, credential = '', amzDate = ''] = V4.map((name) => required(fields, name));
  const malformed = (message: string) => new S3Error('AuthorizationQueryParametersError', message);
  if (algorithm !== ALGORITHM) throw malformed(`X-Amz-Algorithm only supports ${ALGORITHM}.`);
  const scope = parseCredential(credential);
  if (!scope) throw malformed('X-Amz-Credential is malformed: expected <access key>/<yyyymmdd>/<region>/s3/aws4_request.');
  checkRegion(scope, region, 'AuthorizationQueryParametersError', 'Error parsing the X-Amz-Credential parameter');
  const time = parseAmzDate(amzDate);
  if (Number.isNaN(time)) throw malformed('X-Amz-Date must be of the form yyyymmddThhmmssZ.');
  if (!amzDate.startsWith(scope.date)) throw malformed('The day of X-Amz-Credential is not the day of X-Amz-Date.');
  if (time > now + SKEW_MS) throw new S3Error('AccessDenied', 'Request is not yet valid.');
  // The policy says how long it is valid. It has no bound, whereas a key for signing is one for seven days.
  if (time + MAX_EXPIRES_S * 1000 < now) throw new S3Error('AccessDenied', 'Request has expired.');
  const accessKey = await known(keys, scope.accessKeyId);
  // All of every character: base64 has none above ASCII, but nobody has checked that this is base64.
  const signed = Buffer.from(policy).toString('latin1');
  const computed = sign(signingKey(accessKey.secretAccessKey, scope), signed);
  if (!sameSignature(signature, computed)) throw doesNotMatch(scope.accessKeyId, signature, { StringToSign: policy });
  return accessKey;
}

async function byVersion2(fields: Fields, policy: string, keys: FindKey): Promise<AccessKey> {
  const [signature = '', accessKeyId = ''] = V2.map((name) => required(fields, name));
  const accessKey = await known(keys, accessKeyId);
  const computed = createHmac('sha1', accessKey.secretAccessKey).update(policy).digest('base64');
  if (!sameSignature(signature, computed)) throw doesNotMatch(accessKeyId, signature, { StringToSign: policy });
  return accessKey;
}

function required(fields: Fields, name: string): string {
  const value = fields.get(name.toLowerCase());
  if (value === undefined) throw missingField(name);
  return value;
}

/** `InvalidArgument`. Fields behind the file do not count, hence the hint. */
export function missingField(name: string): S3Error {
  const message = `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`;
  return invalidArgument(name, '', message);
}
