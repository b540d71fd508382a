// GET and POST runs, GET runs/{id}, POST runs/{id}/cancel.
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { listRuns, readRun } from '../../ledger/runs.ts';
import type { Api } from '../api.ts';
import { packId, unpackId } from '../cursor.ts';
import { pipelineNamed } from '../pipelines.ts';
import { presentRun } from '../present.ts';
import type { HttpServices } from '../services.ts';
import { cursor, idInPath, limit, words } from '../shapes/common.ts';
import { type Run, run, runPage } from '../shapes/run.ts';

const tags = ['runs'];

export function runRoutes(app: Api, { db, config, startRun, cancelRun }: HttpServices): void {
  app.get(
    '/runs',
    {
      schema: {
        tags,
        summary: 'Runs, newest first',
        querystring: z.object({ pipeline: words.optional(), limit, cursor: cursor.optional() }),
        response: { 200: runPage },
      },
    },
    async ({ query: { pipeline, limit, cursor } }) => {
      const { rows, next } = await listRuns(db, { pipeline }, limit, unpackId(cursor));
      return { items: rows.map(presentRun), next: packId(next) };
    },
  );

  app.post(
    '/runs',
    {
      schema: {
        tags,
        summary: 'Starts a run over a pipeline’s whole source; where one is under way, that one is the answer',
        body: z.strictObject({ pipeline: words }).meta({ id: 'NewRun' }),
        response: { 202: run },
      },
    },
    async ({ body, identity }, reply) => {
      const { name } = pipelineNamed(config.pipelines, body.pipeline);
      const { id } = await startRun(name, identity?.kind === 'session' ? 'page' : 'api');
      return reply.code(202).send(await readOne(id));
    },
  );

  app.get(
    '/runs/:id',
    { schema: { tags, summary: 'One run', params: idInPath, response: { 200: run } } },
    async ({ params: { id } }) => readOne(id),
  );

  app.post(
    '/runs/:id/cancel',
    {
      schema: { tags, summary: 'Ends a run early; jobs that it added are still done', params: idInPath, response: { 200: run } },
    },
    async ({ params: { id } }) => {
      await cancelRun(id);
      return readOne(id);
    },
  );

  async function readOne(id: number): Promise<Run> {
    const known = await readRun(db, id);
    if (!known) throw new Fault('not_found', `there is no run ${id}`, { mend: 'look at the list of runs' });
    return presentRun(known);
  }
}
