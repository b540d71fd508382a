// GET events: hints as they were received.
import { z } from 'zod';
import { listEvents } from '../../ledger/events.ts';
import type { Api } from '../api.ts';
import { packId, unpackId } from '../cursor.ts';
import type { HttpServices } from '../services.ts';
import { bucketName, cursor, limit, objectKey } from '../shapes/common.ts';
import { eventPage } from '../shapes/event.ts';

const query = z
  .object({ bucket: bucketName.optional(), key: objectKey.optional(), limit, cursor: cursor.optional() })
  .refine(({ bucket, key }) => key === undefined || bucket !== undefined, 'a key needs its bucket');

export function eventRoutes(app: Api, { db }: HttpServices): void {
  app.get(
    '/events',
    {
      schema: { tags: ['events'], summary: 'Events as received, newest first', querystring: query, response: { 200: eventPage } },
    },
    async ({ query: { bucket, key, limit, cursor } }) => {
      const { rows, next } = await listEvents(db, { bucket, key }, limit, unpackId(cursor));
      return {
        items: rows.map((event) => ({ ...event, receivedAt: event.receivedAt.toISOString() })),
        next: packId(next),
      };
    },
  );
}
