// GET objects, GET and DELETE objects/{id}.
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { objectName } from '../../domain/object-hint.ts';
import { type KnownOriginal, listOriginals, readOriginal } from '../../ledger/originals.ts';
import type { Api } from '../api.ts';
import { packCursor, unpackCursor } from '../cursor.ts';
import { pipelineNamed } from '../pipelines.ts';
import { presentObject } from '../present.ts';
import type { HttpServices } from '../services.ts';
import { bucketName, cursor, idInPath, limit, objectKey, words } from '../shapes/common.ts';
import { objectPage, originalState, storedObject } from '../shapes/picture.ts';

const query = z.object({
  pipeline: words.optional().describe('Only the sources of this pipeline'),
  state: originalState.optional(),
  bucket: bucketName.optional(),
  key: objectKey.optional(),
  q: words.optional().describe('Part of the key, whatever its case'),
  limit,
  cursor: cursor.optional(),
});

export function objectRoutes(app: Api, { db, store, config, hint }: HttpServices): void {
  app.get(
    '/objects',
    {
      schema: {
        tags: ['objects'],
        summary: 'Originals, newest first; those that are gone only where asked for',
        querystring: query,
        response: { 200: objectPage },
      },
    },
    async ({ query: { pipeline, cursor, limit, ...filter } }) => {
      const [us = 0, id = 0] = cursor === undefined ? [] : unpackCursor(cursor, 2);
      const { rows, next } = await listOriginals(
        db,
        { ...filter, pipeline: pipeline === undefined ? undefined : pipelineNamed(config.pipelines, pipeline) },
        limit,
        cursor === undefined ? undefined : { us, id },
      );
      return {
        items: rows.map((row) => presentObject(row, config.pipelines)),
        next: next ? packCursor(next.us, next.id) : null,
      };
    },
  );

  app.get(
    '/objects/:id',
    { schema: { tags: ['objects'], summary: 'One original', params: idInPath, response: { 200: storedObject } } },
    async ({ params: { id } }) => presentObject(found(id, await readOriginal(db, id)), config.pipelines),
  );

  app.delete(
    '/objects/:id',
    {
      schema: {
        tags: ['objects'],
        summary: 'Deletes the original in the store; what becomes of its renditions, its pipelines say',
        params: idInPath,
        response: { 204: z.null() },
      },
    },
    async ({ params: { id } }, reply) => {
      const { bucket, key, etag } = found(id, await readOriginal(db, id));
      // The version that was looked at, and not one that has taken its place since.
      await deleteVersion(bucket, key, etag);
      await hint([{ bucket, key, kind: 'delete', door: 'api', at: new Date() }]);
      return reply.code(204).send(null);
    },
  );

  async function deleteVersion(bucket: string, key: string, etag: string | null): Promise<void> {
    try {
      await store.delete(bucket, key, etag === null ? {} : { ifMatch: etag });
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'changed') throw error;
      throw new Fault('changed', `${objectName(bucket, key)} was replaced since the ledger looked at it`, {
        cause: error,
        mend: 'look at the new picture, and delete it then',
      });
    }
  }
}

export function found(id: number, original: KnownOriginal | undefined): KnownOriginal {
  if (!original) throw new Fault('not_found', `there is no object ${id} on the ledger`, { mend: 'look at the list of objects' });
  return original;
}
