// POST uploads: where and how to put a file straight into the store; POST uploads/complete: it is there now.
import { Fault } from '../../domain/fault.ts';
import { objectName } from '../../domain/object-hint.ts';
import { explainSource, matches, type Pipeline } from '../../domain/pipeline.ts';
import { findOriginal } from '../../ledger/originals.ts';
import type { Api } from '../api.ts';
import { pipelineNamed } from '../pipelines.ts';
import { presentObject } from '../present.ts';
import type { HttpServices } from '../services.ts';
import { storedObject } from '../shapes/picture.ts';
import { newUpload, upload, uploadDone } from '../shapes/upload.ts';
import { chooseKey, type Reservations, reserveKeys } from '../upload-key.ts';

/** How long a presigned URL is good for: an hour leaves time for a large file on a slow line. */
const EXPIRES_SECONDS = 3600;

/** What may be stored under its own type. Types that a browser would run, SVG among them, are not pictures here. */
const TYPE = /^image\/(?!svg)[a-z0-9.+-]{1,80}$/;
/** What browsers say of files that they do not know, HEIC on Linux say. */
const UNKNOWN_TYPE = 'application/octet-stream';

export function uploadRoutes(app: Api, services: HttpServices): void {
  const { db, store, config, hint, s3Endpoint } = services;
  const reservations: Reservations = reserveKeys(EXPIRES_SECONDS * 1000);

  app.post(
    '/uploads',
    {
      schema: {
        tags: ['uploads'],
        summary: 'Begins an upload: answers with a presigned PUT into the store',
        body: newUpload,
        response: { 201: upload },
      },
    },
    async ({ body, headers: { host = '' } }, reply) => {
      const pipeline = choosePipeline(config.pipelines, body);
      const contentType = checkType(body.type);
      checkSize(body.size, config.limits.bytes);
      const { bucket, prefix } = pipeline.source;
      const key = await chooseKey(store, reservations, bucket, prefix, body.name);
      const { takes, why } = explainSource(pipeline, bucket, key);
      if (!takes) {
        throw new Fault('invalid', `pipeline "${pipeline.name}" would not take "${key}": ${why}`, {
          mend: 'give the file another name, or name another pipeline',
        });
      }
      const expiresAt = new Date(Date.now() + EXPIRES_SECONDS * 1000).toISOString();
      const signed = { contentType, size: body.size, expiresIn: EXPIRES_SECONDS, endpoint: s3Endpoint(host) };
      const url = await store.presignPut(bucket, key, signed);
      return reply.code(201).send({ method: 'PUT', url, headers: { 'content-type': contentType }, bucket, key, expiresAt });
    },
  );

  app.post(
    '/uploads/complete',
    {
      schema: {
        tags: ['uploads'],
        summary: 'Says that an upload has arrived; the store’s own event may have said so before',
        body: uploadDone,
        response: { 200: storedObject },
      },
    },
    async ({ body: { bucket, key } }) => {
      if (!config.pipelines.some((pipeline) => matches(pipeline, bucket, key))) {
        throw new Fault('invalid', `no pipeline has ${objectName(bucket, key)} in its source`, {
          mend: 'complete an upload that was begun here; GET history says why each pipeline does not take it',
        });
      }
      const head = await store.head(bucket, key);
      if (!head) {
        throw new Fault('not_found', `${objectName(bucket, key)} is not in the store`, {
          mend: 'send the bytes to the presigned URL first',
        });
      }
      const { etag, size } = head;
      await hint([{ bucket, key, kind: 'put', door: 'upload', etag, size, at: new Date() }]);
      const original = await findOriginal(db, bucket, key);
      if (!original) throw new Error('a hint left no original on the ledger');
      return presentObject(original, config.pipelines);
    },
  );
}

function choosePipeline(pipelines: Pipeline[], wanted: { pipeline?: string | undefined; bucket?: string | undefined }): Pipeline {
  const { pipeline: name, bucket } = wanted;
  const candidates = name === undefined ? pipelines : [pipelineNamed(pipelines, name)];
  const chosen = candidates.find(({ source }) => bucket === undefined || source.bucket === bucket);
  if (chosen) return chosen;
  throw new Fault('invalid', `${name === undefined ? 'no pipeline' : `pipeline "${name}" does not`} read bucket "${bucket}"`, {
    mend: `there are: ${pipelines.map(({ name, source }) => `${name} (${source.bucket})`).join(', ')}`,
  });
}

function checkType(said: string): string {
  const type = said.toLowerCase() || UNKNOWN_TYPE;
  if (type === UNKNOWN_TYPE || TYPE.test(type)) return type;
  throw new Fault('unsupported', `"${said}" is not the type of a picture`, { mend: 'upload a raster image, such as image/jpeg' });
}

function checkSize(size: number, limit: number): void {
  if (size === 0) throw new Fault('invalid', 'the file is empty', { mend: 'choose a file that has bytes in it' });
  if (size > limit) {
    throw new Fault('too_large', `the file has ${size} bytes, the limit is ${limit}`, {
      mend: 'make the picture smaller, or raise limits.bytes in the configuration',
    });
  }
}
