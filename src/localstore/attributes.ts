// What a request says about the object it writes: headers kept, user metadata; and what this store refuses to promise.
import { invalidArgument, S3Error, type S3ErrorCode } from './s3-error.ts';

const REDIRECT = 'x-amz-website-redirect-location';
const STORAGE_CLASS = 'x-amz-storage-class';
/** Headers that S3 keeps with an object and gives back. */
export const KEPT = [
  ...['content-type', 'content-encoding', 'content-disposition', 'content-language', 'cache-control', 'expires', REDIRECT],
];
/** S3's limit: names and values of user metadata together, in bytes. */
const MAX_METADATA = 2048;
const META = 'x-amz-meta-';

type Headers = Readonly<Record<string, string>>;

export interface Attributes {
  headers: Record<string, string>;
  metadata: Record<string, string>;
}

/** Reads kept headers and metadata. Throws `MetadataTooLarge`, `InvalidStorageClass`, `InvalidRedirectLocation`. */
export function readAttributes(headers: Headers): Attributes {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of KEPT) {
    const value = name === 'content-encoding' ? contentEncoding(headers[name]) : headers[name];
    if (value) kept[name] = value;
  }
  if (kept[REDIRECT] && !/^(\/|https?:\/\/)/.test(kept[REDIRECT])) throw new S3Error('InvalidRedirectLocation');
  const storageClass = headers[STORAGE_CLASS];
  if (storageClass !== undefined && AT_HAND.includes(storageClass)) kept[STORAGE_CLASS] = storageClass;
  else if (storageClass !== undefined && !AS_STANDARD.includes(storageClass)) {
    throw new S3Error('InvalidStorageClass', undefined, { details: { StorageClassRequested: storageClass.slice(0, 100) } });
  }
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const name in headers) {
    if (!name.startsWith(META)) continue;
    const value = headers[name] ?? '';
    metadata[name.slice(META.length)] = value;
    size += name.length - META.length + value.length;
  }
  if (size > MAX_METADATA) {
    throw new S3Error('MetadataTooLarge', undefined, {
      details: { Size: String(size), MaxSizeAllowed: String(MAX_METADATA) },
    });
  }
  return { headers: kept, metadata };
}

/** `aws-chunked` is how the body came, not what it is. */
function contentEncoding(value: string | undefined): string | undefined {
  if (!value?.includes('aws-chunked')) return value;
  const rest = value.split(',').map((coding) => coding.trim());
  return rest.filter((coding) => coding !== 'aws-chunked').join(', ');
}

/** Classes of S3 from which an object is read at once: kept as a label, for all bytes lie in the same place. */
const AT_HAND = ['REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'];
/** Those of archives count as the usual one: clients pass over objects in them until they were restored. */
const AS_STANDARD = ['STANDARD', 'GLACIER', 'DEEP_ARCHIVE'];

/** @param kept the headers kept with an object */
export function storageClassOf(kept: Headers): string {
  return kept[STORAGE_CLASS] ?? 'STANDARD';
}

/** Kept headers of a copy: the source's, save for what S3 never copies and only the request can say. */
export function copiedHeaders(source: Headers, given: Headers): Record<string, string> {
  const copied = { ...source };
  for (const name of [STORAGE_CLASS, REDIRECT]) {
    delete copied[name];
    if (given[name] !== undefined) copied[name] = given[name];
  }
  return copied;
}

/** True where a copy of an object onto itself would change something beside its metadata. */
export function changesItself(headers: Headers): boolean {
  return headers[STORAGE_CLASS] !== undefined || headers[REDIRECT] !== undefined;
}

/** Whom everything here belongs to. */
export const OWNER = {
  id: '7f1d5c3a9be04286d4b7a6c2f9130e58c5a7749e02b6d81f3c9ae4705d21b86f',
  name: 'pixmill',
};

const EXPECTED_OWNERS = ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner'];

/** Throws `AccessDenied` where the caller takes a bucket for somebody else's. */
export function checkExpectedOwner(headers: Headers): void {
  for (const name of EXPECTED_OWNERS) {
    if (headers[name] !== undefined && headers[name] !== OWNER.id) throw new S3Error('AccessDenied');
  }
}

/** S3's canned ACLs. Everything here is the owner's alone, so the first two say what is so already. */
const OWNERS_ALONE = ['private', 'bucket-owner-full-control'];
const FOR_OTHERS = [
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'log-delivery-write',
];

/**
 * Refuses grants to others. Throws `InvalidArgument` for what is no ACL.
 * @param refused `AccessControlListNotSupported`, or what S3 says where a bucket is created
 */
export function refuseAcls(headers: Headers, refused: S3ErrorCode = 'AccessControlListNotSupported'): void {
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (name === 'x-amz-acl') {
      if (FOR_OTHERS.includes(value)) throw new S3Error(refused);
      if (!OWNERS_ALONE.includes(value)) throw invalidArgument(name, value.slice(0, 100), 'Unknown canned ACL.');
    } else if (name.startsWith('x-amz-grant-')) {
      if (value.trim() === '' || !value.includes('=')) {
        throw invalidArgument(name, value.slice(0, 100), 'Argument format not recognized');
      }
      const owners = name === 'x-amz-grant-full-control' && value.replaceAll('"', '').trim() === `id=${OWNER.id}`;
      if (!owners) throw new S3Error(refused);
    }
  }
}

/** Refuses what would be promised and not kept: grants to others, encryption by keys, locks, appending. */
export function refuseUnsupported(headers: Headers): void {
  refuseAcls(headers);
  for (const name in headers) {
    if (!name.startsWith('x-amz-')) continue;
    if (name.startsWith('x-amz-object-lock-')) {
      throw new S3Error('InvalidRequest', 'Bucket is missing ObjectLockConfiguration');
    } else if (/^x-amz-(copy-source-)?server-side-encryption|^x-amz-write-offset/.test(name)) {
      throw new S3Error('NotImplemented', undefined, { details: { Header: name } });
    }
  }
}

/** What was stored without a key of the client's cannot be read with one. Throws `InvalidRequest`, as S3 does. */
export function refuseKeys(headers: Headers): void {
  if (!('x-amz-server-side-encryption-customer-algorithm' in headers)) return;
  throw new S3Error('InvalidRequest', 'The encryption parameters are not applicable to this object.');
}
