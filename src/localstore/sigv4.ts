// AWS Signature Version 4: the canonical request, the string to sign, the keys. Verification of whole requests is in
// `authenticate.ts`. Protocol: "Signature Version 4 signing process" and "Authenticating Requests" of the S3 API reference.
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** `<access key>/<yyyymmdd>/<region>/s3/aws4_request` */
export interface Scope {
  accessKeyId: string;
  date: string;
  region: string;
}

/** Undefined where it is not of that form, or of another service. */
export function parseCredential(credential: string): Scope | undefined {
  const parts = credential.split('/');
  const [date, region, service, terminator] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join('/');
  if (!accessKeyId || !date || !/^\d{8}$/.test(date) || !region || service !== 's3' || terminator !== 'aws4_request')
    return undefined;
  return { accessKeyId, date, region };
}

export interface SignedRequest {
  method: string;
  /** As the client sent it: still percent-encoded. */
  rawPath: string;
  /** Decoded, without the signature itself. */
  pairs: readonly (readonly [name: string, value: string])[];
  /** Values by lower-case name, one character per byte as Node hands them over. */
  headers: Readonly<Record<string, string>>;
  signedHeaders: readonly string[];
  /** `x-amz-content-sha256`, whatever stands there. */
  payloadHash: string;
}

/** The canonical request over exactly the headers that the client signed. @param path canonical form of the path */
export function canonicalRequest(request: SignedRequest, path: string): string {
  let headers = '';
  for (const name of request.signedHeaders) headers += `${name}:${canonicalValue(request.headers[name] ?? '')}\n`;
  return [
    request.method,
    path,
    canonicalQuery(request.pairs),
    headers,
    request.signedHeaders.join(';'),
    request.payloadHash,
  ].join('\n');
}

function canonicalValue(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes('  ') ? trimmed.replace(/ {2,}/g, ' ') : trimmed;
}

function canonicalQuery(pairs: SignedRequest['pairs']): string {
  if (pairs.length === 0) return '';
  const encoded = pairs.map(([name, value]): [string, string] => [uriEncode(name), uriEncode(value)]);
  // Both are ASCII by now, so that JavaScript's order is the order of bytes.
  encoded.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return encoded.map(([name, value]) => `${name}=${value}`).join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;

/** Percent-encoding as SigV4 wants it: everything but letters, digits and `-._~`. */
export function uriEncode(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param amzDate `yyyymmddThhmmssZ` @param encoding what the characters of the canonical request are: bytes, or text */
export function stringToSign(canonical: string, amzDate: string, scope: Scope, encoding: 'latin1' | 'utf8' = 'latin1'): string {
  return `${ALGORITHM}\n${amzDate}\n${scopeText(scope)}\n${hash('sha256', Buffer.from(canonical, encoding), 'hex')}`;
}

export function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/s3/aws4_request`;
}

/** Four HMACs that are the same all day; the newest are kept. */
const signingKeys = new Map<string, { secret: string; key: KeyObject }>();
const KEPT_SIGNING_KEYS = 256;

/** The key of a day, region and secret. */
export function signingKey(secret: string, scope: Scope): KeyObject {
  const name = `${scope.accessKeyId}/${scope.date}/${scope.region}`;
  const kept = signingKeys.get(name);
  if (kept?.secret === secret) return kept.key;
  let bytes = hmac(`AWS4${secret}`, scope.date);
  for (const step of [scope.region, 's3', 'aws4_request']) bytes = hmac(bytes, step);
  // Each HMAC would otherwise make one of its own, at six times the cost of the HMAC.
  const key = createSecretKey(bytes);
  if (signingKeys.size >= KEPT_SIGNING_KEYS) signingKeys.delete(signingKeys.keys().next().value ?? '');
  signingKeys.set(name, { secret, key });
  return key;
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** In hex. */
export function sign(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('hex');
}

/** Compares without telling by its time where the difference is. */
export function sameSignature(given: string, computed: string): boolean {
  const a = Buffer.from(given, 'latin1');
  const b = Buffer.from(computed, 'latin1');
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `yyyymmddThhmmssZ` as a time in milliseconds; NaN where it is none. */
export function parseAmzDate(text: string): number {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!found) return Number.NaN;
  const [, year, month, day, hour, minute, second] = found;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The other way: a time as SigV4 writes it. */
export function formatAmzDate(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Signs and checks the chunks of an `aws-chunked` body: each signature covers the one before it. */
export interface ChunkSigner {
  /** @param sha256 of the chunk's bytes, in hex. @returns the signature it must carry, in hex */
  chunk(sha256: string): string;
  /** @param sha256 of the canonical trailers, in hex */
  trailer(sha256: string): string;
}

/** @param seed the signature of the request itself */
export function chunkSigner(key: KeyObject, amzDate: string, scope: Scope, seed: string): ChunkSigner {
  let previous = seed;
  const place = `${amzDate}\n${scopeText(scope)}`;
  return {
    chunk(sha256) {
      previous = sign(key, `${ALGORITHM}-PAYLOAD\n${place}\n${previous}\n${EMPTY_SHA256}\n${sha256}`);
      return previous;
    },
    trailer(sha256) {
      return sign(key, `${ALGORITHM}-TRAILER\n${place}\n${previous}\n${sha256}`);
    },
  };
}
