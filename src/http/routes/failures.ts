// GET failures, and POST failures/redrive to try them again.
import { z } from 'zod';
import { type FailureFilter, listFailures, newestFailure, takeFailures } from '../../ledger/failures.ts';
import type { Api } from '../api.ts';
import { packId, unpackId } from '../cursor.ts';
import type { HttpServices } from '../services.ts';
import { cursor, limit, words } from '../shapes/common.ts';
import { failureClass, failurePage, redrive, redriven } from '../shapes/failure.ts';

/** Failures that one transaction takes away. */
const BATCH = 500;

export function failureRoutes(app: Api, { db, hint }: HttpServices): void {
  app.get(
    '/failures',
    {
      schema: {
        tags: ['failures'],
        summary: 'Renditions that were given up, newest first',
        querystring: z.object({
          class: failureClass.optional(),
          pipeline: words.optional(),
          limit,
          cursor: cursor.optional(),
        }),
        response: { 200: failurePage },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const { rows, next } = await listFailures(db, filter, limit, unpackId(cursor));
      return { items: rows.map((row) => ({ ...row, failedAt: row.failedAt.toISOString() })), next: packId(next) };
    },
  );

  app.post(
    '/failures/redrive',
    { schema: { tags: ['failures'], summary: 'Tries failures again', body: redrive, response: { 200: redriven } } },
    async ({ body: { ids, class: kind, pipeline } }) => ({ redriven: await redriveAll({ ids, class: kind, pipeline }) }),
  );

  /** Only what had failed before now: what fails again meanwhile is not taken a second time. */
  async function redriveAll(filter: FailureFilter): Promise<number> {
    const upTo = await newestFailure(db);
    if (upTo === undefined) return 0;
    let redriven = 0;
    for (;;) {
      const { taken, objects } = await takeFailures(db, filter, upTo, BATCH);
      if (taken === 0) return redriven;
      redriven += taken;
      const at = new Date();
      await hint(objects.map(({ bucket, key }) => ({ bucket, key, kind: 'look', door: 'redrive', at })));
    }
  }
}
