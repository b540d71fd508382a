// Sends files by S3 itself, under exactly their keys: to the built-in endpoint, or to the store that the environment names.
import { createReadStream } from 'node:fs';
import { HeadBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Fault } from '../../domain/fault.ts';
import { fileFault } from '../file-fault.ts';
import { printableName } from '../printable.ts';
import { contentTypeOf, type Sender } from './sender.ts';

export interface S3Address {
  /** Undefined is AWS. */
  endpoint: string | undefined;
  region: string;
  /** Undefined takes the usual chain of the AWS SDK. */
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
}

/** Parts of one file that are in memory at once, of 5 MiB each; a smaller file is one request. */
const PARTS = 2;

/** @throws Fault where there is no such bucket, or it may not be written */
export async function openS3Sender({ endpoint, region, credentials }: S3Address, bucket: string): Promise<Sender> {
  const config: S3ClientConfig = {
    region,
    forcePathStyle: endpoint !== undefined,
    // Stores other than AWS do not all know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
  };
  const client = new S3Client(config);
  await client.send(new HeadBucketCommand({ Bucket: bucket })).catch((error) => {
    throw storeFault(`bucket ${printableName(bucket)}`, error);
  });

  return {
    bucket,
    async send({ path, key }, onBytes, signal) {
      const body = createReadStream(path);
      let unreadable: Error | undefined;
      body.on('error', (error) => {
        unreadable = error;
      });
      const upload = new Upload({
        client,
        queueSize: PARTS,
        params: { Bucket: bucket, Key: key, Body: body, ContentType: contentTypeOf(path) },
      });
      upload.on('httpUploadProgress', ({ loaded = 0 }) => onBytes(loaded));
      const abort = () => void upload.abort();
      signal.addEventListener('abort', abort);
      try {
        await upload.done();
        return { bucket, key };
      } catch (error) {
        throw unreadable ? fileFault(path, 'read', unreadable) : storeFault(printableName(path), error);
      } finally {
        signal.removeEventListener('abort', abort);
        body.destroy();
      }
    },
  };
}

/** What the store said, in words; its own answers are named by their codes. */
function storeFault(culprit: string, cause: unknown): Fault {
  const { name = '', code, message, $metadata } = cause as Error & { code?: string; $metadata?: { httpStatusCode?: number } };
  if (name === 'NotFound' || name === 'NoSuchBucket') {
    return new Fault('not_found', `${culprit}: the store has no such bucket`, {
      cause,
      mend: 'create it, or name another one with --bucket',
    });
  }
  if ($metadata?.httpStatusCode === 403) {
    return new Fault('denied', `${culprit}: the store refuses these credentials (${name})`, {
      cause,
      mend: 'check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; with a local server, restart it and try again',
    });
  }
  return new Fault(
    'store_unavailable',
    `${culprit}: the store did not take it: ${code ?? name}${message ? ` (${message})` : ''}`,
    {
      cause,
      mend: 'try again; what was uploaded already is not in the way',
    },
  );
}
