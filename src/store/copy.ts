// CopyObject of any S3: the store copies by itself, and only names and headers travel.
import { CopyObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { CopiedObject, CopyOptions, ObjectVersion } from '../domain/ports.ts';

/** Asks for the copy. Errors are those of the SDK. */
export async function copyObject(
  client: S3Client,
  from: ObjectVersion,
  to: { bucket: string; key: string },
  { contentType, headers = {}, metadata, onlyOver }: CopyOptions,
): Promise<CopiedObject> {
  const { cacheControl, contentDisposition, contentEncoding, contentLanguage, expires } = headers;
  const answer = await client.send(
    new CopyObjectCommand({
      Bucket: to.bucket,
      Key: to.key,
      CopySource: [from.bucket, ...from.key.split('/')].map(encodeURIComponent).join('/'),
      CopySourceIfMatch: `"${from.etag}"`,
      MetadataDirective: 'REPLACE',
      Metadata: metadata,
      ContentType: contentType,
      CacheControl: cacheControl,
      ContentDisposition: contentDisposition,
      ContentEncoding: contentEncoding,
      ContentLanguage: contentLanguage,
      Expires: expires,
      // A store that knows checksums tells what it has written, and nobody has to read it again.
      ChecksumAlgorithm: 'SHA256',
      ...(onlyOver === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: `"${onlyOver.etag}"` }),
    }),
  );
  const { ETag = '', ChecksumSHA256 } = answer.CopyObjectResult ?? {};
  return { etag: ETag.replace(/^"|"$/g, ''), sha256: wholeSha256(ChecksumSHA256) };
}

/** In hex; undefined for the checksum of checksums that objects in several parts have (`…-3`). */
function wholeSha256(base64: string | undefined): string | undefined {
  const bytes = Buffer.from(base64 ?? '', 'base64');
  return bytes.length === 32 && !base64?.includes('-') ? bytes.toString('hex') : undefined;
}
