// GET objects/{id}/preview: an original small enough for a list of them, in a format that every browser shows.
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { objectName } from '../../domain/object-hint.ts';
import { contentType, type Recipe } from '../../domain/recipe.ts';
import { takeOutput } from '../../domain/rendered.ts';
import { readOriginal } from '../../ledger/originals.ts';
import type { Api } from '../api.ts';
import type { HttpServices } from '../services.ts';
import { bytes } from '../shapes/bytes.ts';
import { idInPath } from '../shapes/common.ts';
import { found } from './objects.ts';

/** Sides of the box in pixels: a tile on a dense screen. */
const SIDE = 640;

const RECIPE: Recipe = {
  resize: { width: SIDE, height: SIDE, fit: 'inside', gravity: 'center', enlarge: false },
  grayscale: false,
  negate: false,
  format: 'webp',
  quality: 70,
  lossless: false,
  progressive: false,
  animated: false,
  background: '#ffffff',
  metadata: 'strip',
};

export function previewRoutes(app: Api, { db, store, imaging, config }: HttpServices): void {
  app.get(
    '/objects/:id/preview',
    {
      schema: {
        tags: ['objects'],
        summary: `The original fitted into ${SIDE}×${SIDE}, as WebP, made for this answer`,
        params: idInPath,
        querystring: z.object({ v: z.string().max(200).optional().describe('The ETag: then the answer may be kept for good') }),
        response: { 200: bytes('The preview'), 304: z.null() },
      },
    },
    async ({ params: { id }, query: { v }, headers }, reply) => {
      const { bucket, key, etag } = found(id, await readOriginal(db, id));
      const tag = `"${etag}-preview"`;
      reply
        .header('etag', tag)
        .header('cache-control', v !== undefined && v === etag ? 'private, max-age=31536000, immutable' : 'private, no-cache');
      if (etag !== null && headers['if-none-match'] === tag) return reply.code(304).send(null);
      const stored = await store.get(bucket, key, { limit: config.limits.bytes, ...(etag !== null && { ifMatch: etag }) });
      if (!stored)
        throw new Fault('not_found', `${objectName(bucket, key)} is not in the store`, {
          mend: 'its renditions may still be there',
        });
      const { body } = stored;
      if (!body) throw new Fault('too_large', `${objectName(bucket, key)} is over the limit of ${config.limits.bytes} bytes`);
      try {
        const picture = await imaging.render(body, [{ id: 'preview', recipe: RECIPE, siblings: [RECIPE] }]);
        const output = takeOutput(picture, 'preview');
        return reply
          .header('content-type', contentType('webp'))
          .header('content-security-policy', "sandbox; default-src 'none'")
          .send(output.body);
      } finally {
        if (!Buffer.isBuffer(body)) body.release();
      }
    },
  );
}
