// Any S3, spoken to through the AWS SDK, with its errors turned into faults.
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Fault } from '../domain/fault.ts';
import { objectName } from '../domain/object-hint.ts';
import type { ContentHeaders, ListedObject, ObjectHead, Store } from '../domain/ports.ts';
import { copyObject } from './copy.ts';

export interface S3Address {
  /** Undefined is AWS itself. */
  endpoint: string | undefined;
  region: string;
  /** Undefined takes the SDK's usual chain. */
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
}

/** Longest wait for a connection, and for the next byte, in milliseconds. */
const CONNECT_MS = 5_000;
const SOCKET_MS = 60_000;
/** While the store copies gigabytes it may say nothing for long. */
const COPY_MS = 900_000;

/** Opens a store; nothing is asked of it yet. */
export function openStore(address: S3Address): Store {
  const client = new S3Client(clientConfig(address, address.endpoint));
  const patient = new S3Client(clientConfig(address, address.endpoint, COPY_MS));
  const send = async <Result>(culprit: string, request: () => Promise<Result>): Promise<Result> => {
    try {
      return await request();
    } catch (error) {
      throw asStoreFault(error, culprit);
    }
  };

  return {
    async head(bucket, key) {
      return send(objectName(bucket, key), () =>
        absentAsUndefined(async () => describe(await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })))),
      );
    },
    async get(bucket, key, { limit, ifMatch }) {
      return send(objectName(bucket, key), () =>
        absentAsUndefined(async () => {
          const input = { Bucket: bucket, Key: key, ...(ifMatch && { IfMatch: quoted(ifMatch) }) };
          const answer = await client.send(new GetObjectCommand(input));
          const head = describe(answer);
          const body = answer.Body as Readable;
          if (head.size > limit) {
            body.destroy();
            return { head, body: undefined };
          }
          return { head, body: await readAll(body, head.size) };
        }),
      );
    },
    async stream(bucket, key, { ifMatch, range } = {}) {
      return send(objectName(bucket, key), () =>
        absentAsUndefined(async () => {
          const input = {
            Bucket: bucket,
            Key: key,
            ...(ifMatch && { IfMatch: quoted(ifMatch) }),
            ...(range && { Range: range }),
          };
          const answer = await client.send(new GetObjectCommand(input));
          return { head: describe(answer), body: answer.Body as Readable, contentRange: answer.ContentRange };
        }),
      );
    },
    async put(bucket, key, body, { contentType, metadata, sha256, onlyOver }) {
      return send(objectName(bucket, key), async () => {
        const condition = onlyOver === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: quoted(onlyOver.etag) };
        const answer = await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            ContentType: contentType,
            Metadata: metadata,
            ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
            ...condition,
          }),
        );
        return { etag: unquoted(answer.ETag) };
      });
    },
    async copy(from, to, options) {
      return send(objectName(to.bucket, to.key), () => absentAsUndefined(() => copyObject(patient, from, to, options)));
    },
    async delete(bucket, key, { ifMatch } = {}) {
      await send(objectName(bucket, key), () =>
        absentAsUndefined(() =>
          client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, ...(ifMatch && { IfMatch: quoted(ifMatch) }) })),
        ),
      );
    },
    list: (bucket, options) => listPages(client, bucket, options),
    async presignPut(bucket, key, { contentType, size, expiresIn, endpoint }) {
      const signer = endpoint ? new S3Client(clientConfig(address, endpoint)) : client;
      const command = new PutObjectCommand({ Bucket: bucket, Key: key, ContentType: contentType, ContentLength: size });
      // Left unsigned, anything of any size could be stored under the URL. Browsers send the length by themselves.
      const signableHeaders = new Set(['content-type', 'content-length', 'host']);
      return getSignedUrl(signer, command, { expiresIn, signableHeaders });
    },
    async hasBucket(bucket) {
      return send(`bucket ${bucket}`, async () => {
        const found = await absentAsUndefined(() => client.send(new HeadBucketCommand({ Bucket: bucket })));
        return found !== undefined;
      });
    },
  };
}

function clientConfig(address: S3Address, endpoint: string | undefined, socketTimeout = SOCKET_MS): S3ClientConfig {
  return {
    region: address.region,
    ...(endpoint && { endpoint, forcePathStyle: true }),
    ...(address.credentials && { credentials: address.credentials }),
    maxAttempts: 4,
    // Checksums in trailers break on older stores, and presigned PUTs would carry the checksum of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout,
      httpAgent: { keepAlive: true, maxSockets: 64 },
      httpsAgent: { keepAlive: true, maxSockets: 64 },
    },
  };
}

async function* listPages(
  client: S3Client,
  bucket: string,
  { prefix, after }: { prefix?: string; after?: string } = {},
): AsyncIterable<ListedObject[]> {
  let token: string | undefined;
  do {
    const input = { Bucket: bucket, ...(prefix && { Prefix: prefix }), ...(after && { StartAfter: after }) };
    const page = await client
      // Keys may hold characters that XML cannot carry; the SDK decodes what was asked for encoded only by hand.
      .send(new ListObjectsV2Command({ ...input, EncodingType: 'url', ...(token && { ContinuationToken: token }) }))
      .catch((error) => {
        throw asStoreFault(error, `bucket ${bucket}`);
      });
    yield (page.Contents ?? []).map((object) => ({
      key: decodeURIComponent((object.Key ?? '').replaceAll('+', ' ')),
      etag: unquoted(object.ETag),
      size: object.Size ?? 0,
      modifiedAt: object.LastModified ?? new Date(0),
    }));
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

function describe(answer: HeadObjectCommandOutput | GetObjectCommandOutput): ObjectHead {
  return {
    etag: unquoted(answer.ETag),
    size: answer.ContentLength ?? 0,
    contentType: answer.ContentType,
    metadata: answer.Metadata ?? {},
    modifiedAt: answer.LastModified ?? new Date(),
    headers: contentHeaders(answer),
  };
}

function contentHeaders(answer: HeadObjectCommandOutput | GetObjectCommandOutput): ContentHeaders {
  const expires = new Date(answer.ExpiresString ?? '');
  return {
    cacheControl: answer.CacheControl,
    contentDisposition: answer.ContentDisposition,
    contentEncoding: answer.ContentEncoding,
    contentLanguage: answer.ContentLanguage,
    expires: Number.isNaN(expires.getTime()) ? undefined : expires,
  };
}

/** Reads a body whose length was announced, into one buffer. */
async function readAll(body: Readable, size: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (filled + chunk.length > size) throw new Error(`the store sent more than the ${size} bytes it announced`);
    filled += chunk.copy(whole, filled);
  }
  if (filled < size) throw new Error(`the store sent ${filled} of ${size} bytes`);
  return whole;
}

function quoted(etag: string): string {
  return `"${etag}"`;
}

function unquoted(etag: string | undefined): string {
  return (etag ?? '').replace(/^(W\/)?"|"$/g, '');
}

async function absentAsUndefined<Result>(request: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await request();
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

function asStoreFault(error: unknown, culprit: string): Fault {
  if (error instanceof Fault) return error;
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (name === 'NoSuchBucket') {
    return new Fault('not_found', `${culprit}: the store has no such bucket`, { cause: error, mend: 'create the bucket' });
  }
  if (status === 401 || status === 403 || name === 'CredentialsProviderError') {
    return new Fault('denied', `${culprit}: the store refuses these credentials`, {
      cause: error,
      mend: 'give the access key the rights to read, write and delete here',
    });
  }
  if (status === 412 || status === 409) {
    return new Fault('changed', `${culprit}: it is not the version that was expected`, { cause: error });
  }
  return new Fault('store_unavailable', `${culprit}: the store does not answer${status ? ` (${status})` : ''}`, {
    cause: error,
    mend: 'it is tried again by itself; look at the store if this lasts',
  });
}
