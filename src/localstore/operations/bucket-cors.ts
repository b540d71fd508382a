// GetBucketCors, PutBucketCors, DeleteBucketCors.
import { receiveDocument } from '../body.ts';
import { type Call, sendEmpty, sendXml } from '../call.ts';
import { type CorsRule, readCorsRules, writeCorsRules } from '../cors-rule.ts';
import { S3Error } from '../s3-error.ts';
import { noSuchBucket } from './bucket.ts';

/** S3's limit, in bytes. */
const MAX_DOCUMENT = 64 * 1024;

export async function getBucketCors(call: Call): Promise<void> {
  const { bucket, services } = call;
  const row = await services.db.selectFrom('store_bucket').select('cors').where('name', '=', bucket).executeTakeFirst();
  if (!row) throw noSuchBucket(bucket);
  if (!row.cors) throw new S3Error('NoSuchCORSConfiguration', undefined, { details: { BucketName: bucket } });
  sendXml(call, 200, writeCorsRules(row.cors));
}

export async function putBucketCors(call: Call): Promise<void> {
  await setRules(call, readCorsRules(await receiveDocument(call, MAX_DOCUMENT)));
  sendEmpty(call, 200);
}

export async function deleteBucketCors(call: Call): Promise<void> {
  await setRules(call, null);
  sendEmpty(call, 204);
}

/** Replaces all rules. They hold for every request to this process that begins after the answer. */
async function setRules({ bucket, services }: Call, rules: CorsRule[] | null): Promise<void> {
  const cors = rules && JSON.stringify(rules);
  const done = await services.db.updateTable('store_bucket').set({ cors }).where('name', '=', bucket).executeTakeFirst();
  if (done.numUpdatedRows === 0n) throw noSuchBucket(bucket);
  services.cors.forget(bucket);
}
