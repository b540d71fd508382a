// GetBucketTagging, PutBucketTagging, DeleteBucketTagging.
import { type Call, sendEmpty } from '../call.ts';
import { S3Error } from '../s3-error.ts';
import { noSuchBucket } from './bucket.ts';
import { receiveTags, sendTags } from './tagging.ts';

export async function getBucketTagging(call: Call): Promise<void> {
  const { bucket, services } = call;
  const row = await services.db.selectFrom('store_bucket').select('tags').where('name', '=', bucket).executeTakeFirst();
  if (!row) throw noSuchBucket(bucket);
  if (!row.tags) throw new S3Error('NoSuchTagSet', undefined, { details: { BucketName: bucket } });
  sendTags(call, row.tags);
}

export async function putBucketTagging(call: Call): Promise<void> {
  await setTags(call, await receiveTags(call, 'Bucket'));
  sendEmpty(call, 204);
}

export async function deleteBucketTagging(call: Call): Promise<void> {
  await setTags(call, []);
  sendEmpty(call, 204);
}

/** Replaces all of them. */
async function setTags({ bucket, services }: Call, all: [string, string][]): Promise<void> {
  const tags = all.length === 0 ? null : JSON.stringify(all);
  const done = await services.db.updateTable('store_bucket').set({ tags }).where('name', '=', bucket).executeTakeFirst();
  if (done.numUpdatedRows === 0n) throw noSuchBucket(bucket);
}
