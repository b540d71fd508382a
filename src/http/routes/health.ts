// GET healthz, readyz, metrics: for whoever keeps the server running.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Api } from '../api.ts';
import { requireIdentity } from '../authenticate.ts';
import { memo } from '../memo.ts';
import type { HttpServices } from '../services.ts';

/** Whoever asks within so many milliseconds shares an answer: these routes are open to all. */
const SHARED_MS = 1000;
const DEADLINE_MS = 5000;

const part = z.enum(['ok', 'away']);
const readiness = z.object({ ready: z.boolean(), database: part, store: part }).meta({ id: 'Readiness' });

export function healthRoutes(app: Api, { db, store, config, accounts, metrics, log }: HttpServices): void {
  const check = async (what: string, ask: () => Promise<unknown>): Promise<z.output<typeof part>> => {
    try {
      await within(DEADLINE_MS, ask());
      return 'ok';
    } catch (error) {
      log.warn({ err: error }, `${what} does not answer`);
      return 'away';
    }
  };
  const read = memo(SHARED_MS, async () => {
    const [database, storage] = await Promise.all([
      check('the database', () => sql`SELECT 1`.execute(db)),
      check('the store', () => store.hasBucket(config.pipelines[0]?.source.bucket ?? 'pixmill')),
    ]);
    return { ready: database === 'ok' && storage === 'ok', database, store: storage };
  });

  app.get(
    '/healthz',
    {
      schema: {
        tags: ['health'],
        summary: 'The process answers',
        security: [],
        response: { 200: z.object({ ok: z.literal(true) }) },
      },
    },
    async () => ({ ok: true as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        summary: 'The database and the store answer too',
        security: [],
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const state = await read();
      return reply
        .code(state.ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(state);
    },
  );

  app.get(
    '/metrics',
    {
      onRequest: requireIdentity(accounts),
      schema: {
        tags: ['health'],
        summary: 'Figures for Prometheus; let it send an API token',
        response: { 200: { description: 'Prometheus text', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await metrics.read();
      return reply.header('content-type', contentType).header('cache-control', 'no-store').send(text);
    },
  );
}

async function within<Answer>(ms: number, asked: Promise<Answer>): Promise<Answer> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([asked, promise]);
  } finally {
    clearTimeout(timer);
  }
}
