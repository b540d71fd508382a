// AWS Signature Version 2: in the query, as boto3 presigns by default and `s3cmd signurl` does, and in the header, as old
// clients do. Protocol: "Signing and authenticating REST requests (Signature Version 2)".
import { createHmac } from 'node:crypto';
import type { Address } from './address.ts';
import { S3Error } from './s3-error.ts';
import { doesNotMatch, hasExpired } from './signature-errors.ts';
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

interface Signed {
  method: string;
  address: Address;
  headers: Readonly<Record<string, string>>;
}

/** Checks method, expiry (at most 7 days ahead) and signature of a URL; throws S3's error. @param now milliseconds */
export function checkSigV2(request: Signed, secret: string, now: number): void {
  const { address, headers, method } = request;
  if (!ALLOWED.has(method)) throw new S3Error('AccessDenied', 'Signature version 2 is accepted for GET, HEAD and PUT only.');
  const expires = address.query.get('Expires') ?? '';
  if (!/^\d{1,12}$/.test(expires)) throw new S3Error('AccessDenied', 'Invalid date (should be seconds since epoch).');
  const seconds = now / 1000;
  if (Number(expires) <= seconds) throw hasExpired(Number(expires) * 1000, now);
  if (Number(expires) > seconds + MAX_AHEAD_S)
    throw new S3Error('AccessDenied', 'A presigned URL may be valid for 7 days at most.');
  // boto3 moves headers into the query of the URL, signed as if they were headers.
  const inQuery = (name: string) => headers[name] ?? address.query.get(name) ?? '';
  const moved = address.pairs.filter(([name]) => /^x-amz-/i.test(name));
  const text = beforeResource(request, [inQuery('content-md5'), inQuery('content-type'), expires], moved);
  const signature = address.query.get('Signature') ?? '';
  check(text, { accessKeyId: address.query.get('AWSAccessKeyId') ?? '', signature, secret }, address);
}

/** Checks the signature of a version 2 Authorization header, whose time is the caller's to check. */
export function checkSigV2Header(request: Signed, proof: Proof): void {
  const { headers } = request;
  // Where there is an x-amz-date it stands among the x-amz- headers, and Date counts as empty.
  const date = headers['x-amz-date'] === undefined ? (headers.date ?? '') : '';
  const text = beforeResource(request, [headers['content-md5'] ?? '', headers['content-type'] ?? '', date], []);
  check(text, proof, request.address);
}

/** The string to sign up to the resource that ends it. */
function beforeResource({ method, headers }: Signed, lines: string[], moved: [string, string][]): string {
  return [method, ...lines, amzHeaders(headers, moved)].join('\n');
}

interface Proof {
  accessKeyId: string;
  signature: string;
  secret: string;
}

function check(before: string, { accessKeyId, signature, secret }: Proof, address: Address): void {
  const path = address.virtualHost ? `/${address.bucket}${address.rawPath}` : address.rawPath;
  const matches = (text: string) => sameSignature(signature, createHmac('sha1', secret).update(text, 'latin1').digest('base64'));
  const StringToSign = `${before}${path}${subresources(address)}`;
  if (matches(StringToSign)) return;
  // botocore asks for `/bucket` and signs `/bucket/`, which S3 takes for the same.
  if (path === `/${address.bucket}` && matches(`${before}${path}/${subresources(address)}`)) return;
  throw doesNotMatch(accessKeyId, signature, { StringToSign });
}

function amzHeaders(headers: Readonly<Record<string, string>>, moved: [string, string][]): string {
  const found = new Map<string, string>();
  for (const [name, value] of moved) found.set(name.toLowerCase(), value);
  for (const [name, value] of Object.entries(headers)) if (name.startsWith('x-amz-')) found.set(name, value);
  return [...found.keys()]
    .sort()
    .map((name) => `${name}:${(found.get(name) ?? '').trim()}\n`)
    .join('');
}

function subresources(address: Address): string {
  const found = address.pairs
    .filter(([name]) => SUBRESOURCES.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  return found.length === 0 ? '' : `?${found.join('&')}`;
}
