// GET files: each file of each source, and where it is in every bucket it should be in.
import { z } from 'zod';
import type { Api } from '../api.ts';
import { packPlace, unpackPlace } from '../cursor.ts';
import { listFiles } from '../files/list.ts';
import { pipelineNamed } from '../pipelines.ts';
import type { HttpServices } from '../services.ts';
import { bucketName, words } from '../shapes/common.ts';
import { filePage } from '../shapes/file.ts';

/** Each file is looked for in several buckets. */
const MOST = 50;

const query = z.object({
  bucket: bucketName.optional().describe('Only sources in this bucket'),
  q: words.optional().describe('Part of the key, whatever its case'),
  pipeline: words.optional().describe('Only files that this pipeline takes'),
  state: z.enum(['missing', 'drift']).optional().describe('Only files of which something is missing, or differs from the ledger'),
  limit: z.coerce.number().int().min(1).max(MOST).default(MOST).describe('Files on a page'),
  // It holds a key.
  cursor: z.string().min(1).max(2000).optional().describe('`next` of the page before'),
});

export function fileRoutes(app: Api, { db, store, config }: HttpServices): void {
  app.get(
    '/files',
    {
      schema: {
        tags: ['files'],
        summary: 'Each file in every bucket it should be in: what the store has, what the ledger says',
        description:
          'In the order of buckets and keys. A page may hold fewer files than its limit, or none, where many had to be read to find ' +
          'them: go on while there is a `next`. Also at /files.',
        querystring: query,
        response: { 200: filePage },
      },
    },
    async ({ query: { pipeline, limit, cursor, ...filter } }) => {
      const { files, next } = await listFiles(
        { db, store, pipelines: config.pipelines },
        { ...filter, pipeline: pipeline === undefined ? undefined : pipelineNamed(config.pipelines, pipeline) },
        limit,
        cursor === undefined ? undefined : unpackPlace(cursor),
      );
      return { items: files, next: next ? packPlace(next) : null };
    },
  );
}
