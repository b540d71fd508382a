// What an access key may do: everything, or reading and writing in the buckets that it names.
import { S3Error } from './s3-error.ts';

export type Right = 'read' | 'write';

/** Names of buckets for each right. Neither includes the other: a key may put what it cannot get. */
export type Rights = 'everything' | Readonly<Record<Right, ReadonlySet<string>>>;

interface Holder {
  rights: Rights;
}

/** Stands for every bucket, those to come included. */
export const EVERY_BUCKET = '*';

export function hasRight({ rights }: Holder, right: Right, bucket: string): boolean {
  return rights === 'everything' || rights[right].has(bucket) || rights[right].has(EVERY_BUCKET);
}

/** Throws `AccessDenied`, whether there is such a bucket or not. */
export function requireRight(key: Holder, right: Right, bucket: string): void {
  if (!hasRight(key, right, bucket)) throw denied(`may not ${right} in this bucket`);
}

/** For what says no more of a bucket than that it is there. Throws `AccessDenied`. */
export function requireAnyRight(key: Holder, bucket: string): void {
  if (!hasRight(key, 'read', bucket) && !hasRight(key, 'write', bucket))
    throw denied('may neither read nor write in this bucket');
}

/** For buckets themselves and their settings. Throws `AccessDenied`. */
export function requireEverything({ rights }: Holder): void {
  if (rights !== 'everything') throw denied('may not make, remove or set up buckets');
}

/** The buckets in which the key may do anything; undefined for every one. */
export function bucketsWithin({ rights }: Holder): string[] | undefined {
  if (rights === 'everything') return undefined;
  const buckets = new Set([...rights.read, ...rights.write]);
  return buckets.has(EVERY_BUCKET) ? undefined : [...buckets];
}

/** Says nothing that the key's holder could not know: names of buckets and objects stay out of it. */
function denied(why: string): S3Error {
  return new S3Error(
    'AccessDenied',
    `Access Denied: this access key ${why}. "pixmill access-key list" shows what each key may do.`,
  );
}
