// GET failures, and POST failures/redrive to try them again.
import { z } from 'zod';
import { type FailureFilter, listFailures, newestFailure, takeFailures } from '../../ledger/failures.ts';
import type { Api } from '../api.ts';
import { packId, unpackId } from '../cursor.ts';
import type { HttpServices } from '../services.ts';
import { cursor, limit } from '../shapes/common.ts';
import { failureFilter, failurePage, redrive, redriven } from '../shapes/failure.ts';

/** Failures that one transaction takes away. */
const BATCH = 500;

export function failureRoutes(app: Api, { db, receive, wake }: HttpServices): void {
  app.get(
    '/failures',
    {
      schema: {
        tags: ['failures'],
        summary: 'Renditions that were given up, newest first',
        querystring: z.object({ ...failureFilter, limit, cursor: cursor.optional() }),
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
    async ({ body: { all: _, ...filter } }) => ({ redriven: await redriveAll(filter) }),
  );

  /** Only what had failed before now: what fails again meanwhile is not taken a second time. */
  async function redriveAll(filter: FailureFilter): Promise<number> {
    const upTo = await newestFailure(db);
    if (upTo === undefined) return 0;
    let redriven = 0;
    for (;;) {
      const at = new Date();
      const taken = await takeFailures(db, filter, upTo, BATCH, (tx, objects) =>
        receive(
          tx,
          objects.map(({ bucket, key }) => ({ bucket, key, kind: 'look', door: 'redrive', at })),
        ),
      );
      if (taken === 0) return redriven;
      redriven += taken;
      wake();
    }
  }
}
