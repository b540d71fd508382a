// GET events, GET events/{id}: what was heard, from whom, and what came of it.
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { DOORS } from '../../domain/object-hint.ts';
import { listEvents, OUTCOMES, readEvent } from '../../ledger/events.ts';
import type { Api } from '../api.ts';
import { packId, unpackId } from '../cursor.ts';
import { presentEvent } from '../present.ts';
import type { HttpServices } from '../services.ts';
import { bucketName, cursor, idInPath, limit, moment, objectKey, words } from '../shapes/common.ts';
import { eventPage, wholeEvent } from '../shapes/event.ts';

const query = z
  .object({
    door: z.enum(DOORS).optional(),
    sender: words.optional(),
    kind: words.optional(),
    outcome: z.enum(OUTCOMES).optional().describe('open, ok (also where nothing had to be done), error'),
    result: words.optional(),
    message: z.uuid().optional().describe('Only the objects of this message'),
    pipeline: words.optional().describe('Only timers of this pipeline'),
    bucket: bucketName.optional(),
    key: objectKey.optional(),
    q: words.optional().describe('Part of the key, whatever its case'),
    since: moment.optional(),
    until: moment.optional(),
    limit,
    cursor: cursor.optional(),
  })
  .refine(({ bucket, key }) => key === undefined || bucket !== undefined, 'a key needs its bucket');

export function eventRoutes(app: Api, { db }: HttpServices): void {
  app.get(
    '/events',
    {
      schema: {
        tags: ['events'],
        summary: 'Events as received and what came of each, newest first',
        querystring: query,
        response: { 200: eventPage },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const { rows, next } = await listEvents(db, filter, limit, unpackId(cursor));
      return { items: rows.map(presentEvent), next: packId(next) };
    },
  );

  app.get(
    '/events/:id',
    {
      schema: {
        tags: ['events'],
        summary: 'One event, with its message as received',
        params: idInPath,
        response: { 200: wholeEvent },
      },
    },
    async ({ params: { id } }) => {
      const found = await readEvent(db, id);
      if (!found) throw new Fault('not_found', `there is no event ${id}`, { mend: 'look at the list of events' });
      return { ...presentEvent(found), payload: found.payload };
    },
  );
}
