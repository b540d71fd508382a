// GET and POST runs, of a pipeline or of all; GET runs/{id}, POST runs/{id}/cancel.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { listRuns, readRun } from '../../ledger/runs.ts';
import type { Api } from '../api.ts';
import { packId, unpackId } from '../cursor.ts';
import { pipelineNamed } from '../pipelines.ts';
import { presentRun } from '../present.ts';
import type { HttpServices } from '../services.ts';
import { cursor, idInPath, limit, words } from '../shapes/common.ts';
import { type Run, type RunPage, run, runPage } from '../shapes/run.ts';

const tags = ['runs'];
const STARTS = 'Starts a run over a pipeline’s whole source; where one is under way, that one is the answer';
const pipelineInPath = z.object({ name: words });

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
    async ({ query: { pipeline, limit, cursor } }) => listPage(pipeline, limit, cursor),
  );

  app.get(
    '/pipelines/:name/runs',
    {
      schema: {
        tags,
        summary: 'Runs of a pipeline, newest first',
        params: pipelineInPath,
        querystring: z.object({ limit, cursor: cursor.optional() }),
        response: { 200: runPage },
      },
    },
    async ({ params: { name }, query: { limit, cursor } }) => listPage(pipelineNamed(config.pipelines, name).name, limit, cursor),
  );

  app.post(
    '/runs',
    {
      schema: {
        tags,
        summary: `${STARTS}, named in the body`,
        body: z.strictObject({ pipeline: words }).meta({ id: 'NewRun' }),
        response: { 202: run },
      },
    },
    async ({ body, identity }, reply) => reply.code(202).send(await start(body.pipeline, identity)),
  );

  app.post(
    '/pipelines/:name/runs',
    { schema: { tags, summary: STARTS, params: pipelineInPath, response: { 202: run } } },
    async ({ params: { name }, identity }, reply) => reply.code(202).send(await start(name, identity)),
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

  async function listPage(pipeline: string | undefined, limit: number, cursor: string | undefined): Promise<RunPage> {
    const { rows, next } = await listRuns(db, { pipeline }, limit, unpackId(cursor));
    return { items: rows.map(presentRun), next: packId(next) };
  }

  async function start(pipeline: string, identity: FastifyRequest['identity']): Promise<Run> {
    const { name } = pipelineNamed(config.pipelines, pipeline);
    const { id } = await startRun(name, identity?.kind === 'session' ? 'page' : 'api');
    return readOne(id);
  }

  async function readOne(id: number): Promise<Run> {
    const known = await readRun(db, id);
    if (!known) throw new Fault('not_found', `there is no run ${id}`, { mend: 'look at the list of runs' });
    return presentRun(known);
  }
}
