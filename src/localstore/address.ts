// From a raw request line and Host to bucket, key and query. A key never becomes a path: it is only ever text.
import { S3Error } from './s3-error.ts';

export interface Address {
  /** Empty for the service itself. */
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
  /** The path as the client sent it, for the signature. */
  rawPath: string;
  /** True where the bucket stood in Host, and so is missing from the path. */
  virtualHost: boolean;
  /** Names and values decoded, in the order sent. */
  pairs: [name: string, value: string][];
  /** The first value under each name. */
  query: ReadonlyMap<string, string>;
}

/** S3's limit, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

/**
 * Reads the target of a request. Path style always works; where Host is `<bucket>.localhost` or `<bucket>.s3.localhost`
 * the bucket is there. Throws `InvalidURI` for what is not percent-encoded UTF-8 or has a NUL, `KeyTooLongError`.
 */
export function parseAddress(url: string, host: string): Address {
  // Absolute form, as some proxies send it.
  const target = url.startsWith('http://') || url.startsWith('https://') ? url.replace(/^https?:\/\/[^/?]*/, '') || '/' : url;
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const pairs = mark < 0 ? [] : parseQuery(target.slice(mark + 1));
  const query = new Map<string, string>();
  for (const [name, value] of pairs) if (!query.has(name)) query.set(name, value);

  const hosted = hostBucket(host);
  if (hosted !== undefined) return { bucket: hosted, key: readKey(rawPath.slice(1)), rawPath, virtualHost: true, pairs, query };
  const slash = rawPath.indexOf('/', 1);
  const bucket = decode(slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash));
  const key = slash < 0 ? '' : readKey(rawPath.slice(slash + 1));
  if (bucket === '' && key !== '') throw new S3Error('InvalidBucketName');
  return { bucket, key, rawPath, virtualHost: false, pairs, query };
}

function readKey(raw: string): string {
  const key = decode(raw);
  if (key.length * 3 > MAX_KEY_BYTES) checkKeyLength(key);
  return key;
}

/** Throws `KeyTooLongError` above 1,024 bytes. */
export function checkKeyLength(key: string): void {
  const size = Buffer.byteLength(key);
  if (size <= MAX_KEY_BYTES) return;
  throw new S3Error('KeyTooLongError', undefined, { details: { Size: String(size), MaxSizeAllowed: String(MAX_KEY_BYTES) } });
}

/** The bucket that a Host names, where it is of the virtual-host style. */
function hostBucket(host: string): string | undefined {
  const colon = host.lastIndexOf(':');
  const name = (colon > 0 ? host.slice(0, colon) : host).toLowerCase();
  if (!name.endsWith('.localhost')) return undefined;
  const label = name.slice(0, -'.localhost'.length);
  if (label === 's3') return undefined;
  return label.endsWith('.s3') ? label.slice(0, -'.s3'.length) : label;
}

/** In a query a plus is a space, as S3 reads it. */
function parseQuery(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    pairs.push([decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))]);
  }
  return pairs;
}

const ENCODED = /[%\u0080-\uffff]/;

/** Percent-decoding that accepts valid UTF-8 without NUL, and nothing else. Throws `InvalidURI`. */
export function decode(raw: string): string {
  if (!ENCODED.test(raw)) return raw;
  let text: string;
  try {
    // Node hands over the bytes of a request line one character each; those above ASCII were not encoded by the client.
    text = decodeURIComponent(raw.replace(/[\x80-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16)}`));
  } catch {
    throw new S3Error('InvalidURI');
  }
  if (text.includes('\0')) throw new S3Error('InvalidURI', 'A name with a NUL character cannot be stored.');
  return text;
}

/** Beginnings and ends that S3 keeps for names of its own. */
const KEPT_STARTS = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const KEPT_ENDS = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/**
 * S3's rules for the names of buckets, 3–63 of lower-case letters, digits, dots and hyphens; and underscores, as Ceph has them and
 * as S3 once had: a configuration may name its buckets as they are there.
 */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(name) &&
    !/\.\.|\.-|-\./.test(name) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !KEPT_STARTS.some((start) => name.startsWith(start)) &&
    !KEPT_ENDS.some((end) => name.endsWith(end))
  );
}

/** What a client may create: S3 takes no underscores any more. Throws `InvalidBucketName`. */
export function checkNewBucketName(name: string): void {
  if (!isBucketName(name) || name.includes('_'))
    throw new S3Error('InvalidBucketName', undefined, { details: { BucketName: name } });
}
