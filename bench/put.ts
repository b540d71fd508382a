// A client that costs as little as one can: presigned before the clock starts, as the page's uploads are, and kept alive.
import { Agent, request } from 'node:http';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Program } from '../test/program.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** @returns a function that signs the URL of one key, good for an hour */
export function presigner({ s3 }: Program, bucket: string): (key: string) => Promise<string> {
  const { endpoint, region, ...credentials } = s3;
  // By default the URL would carry the checksum of an empty body.
  const requestChecksumCalculation = 'WHEN_REQUIRED';
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials, requestChecksumCalculation });
  return (key) => getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: 3600 });
}

export function put(url: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'PUT', agent, headers: { 'content-length': body.length } }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`PUT answered ${response.statusCode}`));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
