// Access keys of the built-in S3 endpoint, as the API shows them. A secret is shown once, when it is made.
import { z } from 'zod';
import { bucketName, time, words } from './common.ts';

const id = z.string().describe('The access key ID, by which S3 clients name it');

const buckets = z.array(bucketName).describe('Names of buckets; `*` is every bucket');

const rights = { read: buckets, write: buckets };

export const accessKey = z
  .object({
    id,
    name: z.string(),
    ...rights,
    everything: z.boolean().describe('May also make, remove and set up buckets: Pixmill’s own, which cannot be revoked'),
    createdAt: time,
    lastUsedAt: time.nullable().describe('To the minute'),
  })
  .meta({ id: 'AccessKey' });

export const accessKeyList = z.object({ items: z.array(accessKey) }).meta({ id: 'AccessKeyList' });

const someBuckets = buckets.max(100).default([]);

export const newAccessKey = z
  .strictObject({ name: words, read: someBuckets, write: someBuckets })
  .describe('At least one bucket for one right. Writing does not include reading')
  .meta({ id: 'NewAccessKey' });

export const madeAccessKey = z
  .object({
    id,
    name: z.string(),
    ...rights,
    secret: z.string().describe('Shown this once'),
    endpoint: z.string().describe('Where S3 tools reach the store, seen from where this request came'),
    region: z.string().describe('For which they must sign'),
  })
  .meta({ id: 'MadeAccessKey' });

export const accessKeyInPath = z.object({ id: z.string().min(1).max(100) });
