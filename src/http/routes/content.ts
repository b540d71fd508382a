// GET objects/{id}/content and renditions/{id}/content: the bytes, out of the store.
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { objectName } from '../../domain/object-hint.ts';
import { readOriginal, readRendition } from '../../ledger/originals.ts';
import type { Api } from '../api.ts';
import { serveContent } from '../serve-content.ts';
import type { HttpServices } from '../services.ts';
import { bytes } from '../shapes/bytes.ts';
import { idInPath } from '../shapes/common.ts';
import { found } from './objects.ts';

const schema = {
  tags: ['objects'],
  params: idInPath,
  querystring: z.object({
    v: z.string().max(200).optional().describe('The ETag: then the answer may be kept for good'),
    download: z.enum(['1']).optional().describe('Save as a file rather than show'),
  }),
  response: { 200: bytes('The bytes, with ETag; ranges are served'), 206: bytes('The range asked for') },
};

export function contentRoutes(app: Api, { db, store }: HttpServices): void {
  app.route({
    // The framework's own answer to a HEAD would run the GET and say that its length is 0.
    method: ['GET', 'HEAD'],
    url: '/objects/:id/content',
    schema: { ...schema, summary: 'The original’s bytes' },
    async handler(request, reply) {
      const { bucket, key, etag, size, format, state } = found(request.params.id, await readOriginal(db, request.params.id));
      if (state === 'gone' || state === 'delivered') {
        const why = state === 'gone' ? 'was deleted' : 'was deleted by its pipeline, after everything was made of it';
        throw new Fault('not_found', `${objectName(bucket, key)} ${why}`, { mend: 'its renditions may still be there' });
      }
      return serveContent(store, { bucket, key, etag, size, format }, request, reply);
    },
  });

  app.route({
    method: ['GET', 'HEAD'],
    url: '/renditions/:id/content',
    schema: { ...schema, summary: 'A rendition’s bytes' },
    async handler(request, reply) {
      const rendition = await readRendition(db, request.params.id);
      if (!rendition) {
        throw new Fault('not_found', `there is no rendition ${request.params.id}`, { mend: 'look at its object again' });
      }
      return serveContent(store, rendition, request, reply);
    },
  });
}
