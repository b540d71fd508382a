// Uploads straight into the store, as the API offers them.
import { z } from 'zod';
import { bucketName, objectKey, time, words } from './common.ts';

export const newUpload = z
  .strictObject({
    name: z.string().min(1).max(4096).describe('Name of the file; it is cleaned before it becomes part of a key'),
    type: z.string().max(200).default('').describe('Content type; empty where the browser does not know the file'),
    size: z.int().min(0).describe('Bytes'),
    pipeline: words.optional().describe('Whose source it shall be in; the first one where left out'),
    bucket: bucketName.optional().describe('Instead of a pipeline: the first pipeline that reads this bucket'),
  })
  .meta({ id: 'NewUpload' });

export const upload = z
  .object({
    method: z.literal('PUT'),
    url: z.string().describe('Presigned: send the bytes there, without any credentials of Pixmill'),
    headers: z.record(z.string(), z.string()).describe('To be sent exactly so; they are part of the signature'),
    bucket: z.string(),
    key: z.string(),
    expiresAt: time,
  })
  .meta({ id: 'Upload' });

export const uploadDone = z.strictObject({ bucket: bucketName, key: objectKey }).meta({ id: 'UploadDone' });
