// What S3 does with objects that are locked or archived, which none is here: its answers where they are not.
import type { Call } from '../call.ts';
import { S3Error } from '../s3-error.ts';
import { requireObject } from './get-object.ts';

/** Get- and PutObjectRetention, Get- and PutObjectLegalHold. */
export async function lockObject(call: Call): Promise<void> {
  await requireObject(call, call.bucket, call.key);
  throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
}

/** RestoreObject: everything is at hand already. */
export async function restoreObject(call: Call): Promise<void> {
  await requireObject(call, call.bucket, call.key);
  throw new S3Error('InvalidObjectState', "Restore is not allowed for the object's current storage class", {
    details: { StorageClass: 'STANDARD' },
  });
}
