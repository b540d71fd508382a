// AWS Signature Version 2 in the query, which boto3 presigns by default and `s3cmd signurl` makes. Only there: requests with a
// version 2 Authorization header are refused. Protocol: "Signing and authenticating REST requests (Signature Version 2)".
import { createHmac } from 'node:crypto';
import type { Address } from './address.ts';
import { S3Error } from './s3-error.ts';
import { sameSignature } from './sigv4.ts';

/** The query names that the string to sign includes. */
const SUBRESOURCES = new Set([
  ...['accelerate', 'acl', 'cors', 'delete', 'inventory', 'lifecycle', 'location', 'logging', 'metrics', 'notification'],
  ...['object-lock', 'ownershipControls', 'partNumber', 'policy', 'policyStatus', 'publicAccessBlock', 'replication'],
  ...['requestPayment', 'restore', 'retention', 'tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning'],
  ...['versions', 'website', 'encryption', 'legal-hold', 'select', 'select-type', 'attributes'],
  ...['response-cache-control', 'response-content-disposition', 'response-content-encoding'],
  ...['response-content-language', 'response-content-type', 'response-expires'],
]);

const ALLOWED = new Set(['GET', 'HEAD', 'PUT']);

/** Seven days, the bound that version 4 has; version 2 knows none. */
const MAX_AHEAD_S = 7 * 24 * 3600 + 900;

/** Which key a presigned version 2 URL names; undefined where it is none. */
export function sigV2KeyId(address: Address): string | undefined {
  const { query } = address;
  return query.has('Signature') && query.has('Expires') ? query.get('AWSAccessKeyId') : undefined;
}

/** Checks method, expiry (at most 7 days ahead) and signature; throws S3's error. @param now milliseconds */
export function checkSigV2(
  request: { method: string; address: Address; headers: Readonly<Record<string, string>> },
  secret: string,
  now: number,
): void {
  const { address, headers, method } = request;
  if (!ALLOWED.has(method)) throw new S3Error('AccessDenied', 'Signature version 2 is accepted for GET, HEAD and PUT only.');
  const expires = address.query.get('Expires') ?? '';
  if (!/^\d{1,12}$/.test(expires)) throw new S3Error('AccessDenied', 'Invalid date (should be seconds since epoch).');
  const seconds = now / 1000;
  if (Number(expires) < seconds) throw new S3Error('AccessDenied', 'Request has expired.');
  if (Number(expires) > seconds + MAX_AHEAD_S)
    throw new S3Error('AccessDenied', 'A presigned URL may be valid for 7 days at most.');
  const text = [
    method,
    headers['content-md5'] ?? address.query.get('content-md5') ?? '',
    headers['content-type'] ?? address.query.get('content-type') ?? '',
    expires,
    `${amzHeaders(headers, address)}${resource(address)}`,
  ].join('\n');
  const computed = createHmac('sha1', secret).update(text, 'latin1').digest('base64');
  if (!sameSignature(address.query.get('Signature') ?? '', computed)) throw new S3Error('SignatureDoesNotMatch');
}

/** boto3 moves `x-amz-` headers into the query of the URL, signed as if they were headers. */
function amzHeaders(headers: Readonly<Record<string, string>>, address: Address): string {
  const found = new Map<string, string>();
  for (const [name, value] of address.pairs) if (/^x-amz-/i.test(name)) found.set(name.toLowerCase(), value);
  for (const [name, value] of Object.entries(headers)) if (name.startsWith('x-amz-')) found.set(name, value);
  return [...found.keys()]
    .sort()
    .map((name) => `${name}:${(found.get(name) ?? '').trim()}\n`)
    .join('');
}

function resource(address: Address): string {
  const subresources = address.pairs
    .filter(([name]) => SUBRESOURCES.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const path = address.virtualHost ? `/${address.bucket}${address.rawPath}` : address.rawPath;
  return subresources.length === 0 ? path : `${path}?${subresources.join('&')}`;
}
