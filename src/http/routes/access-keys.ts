// GET, POST and DELETE access-keys: with what S3 clients reach the built-in store.
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import type { AccessKeys } from '../../domain/ports.ts';
import type { Api } from '../api.ts';
import type { HttpServices } from '../services.ts';
import { accessKeyInPath, accessKeyList, madeAccessKey, newAccessKey } from '../shapes/access-key.ts';

const tags = ['access-keys'];

export function accessKeyRoutes(app: Api, { accessKeys, environment, s3Endpoint }: HttpServices): void {
  app.get(
    '/access-keys',
    {
      schema: {
        tags,
        summary: 'Access keys of the built-in S3 endpoint with their rights, newest first, without secrets',
        response: { 200: accessKeyList },
      },
    },
    async () => {
      const kept = await own(accessKeys).list();
      return {
        items: kept.map(({ rights, createdAt, lastUsedAt, ...key }) => ({
          ...key,
          ...(rights === 'everything' ? { read: ['*'], write: ['*'] } : rights),
          everything: rights === 'everything',
          createdAt: createdAt.toISOString(),
          lastUsedAt: lastUsedAt?.toISOString() ?? null,
        })),
      };
    },
  );

  app.post(
    '/access-keys',
    {
      schema: {
        tags,
        summary: 'Makes an access key with rights per bucket; the secret is in this answer and nowhere else',
        body: newAccessKey,
        response: { 201: madeAccessKey },
      },
    },
    async ({ body: { name, ...wanted }, headers: { host = '' } }, reply) => {
      const { id, secret, rights } = await own(accessKeys).create(name, wanted);
      const { s3Region: region } = environment;
      return reply.code(201).send({ id, name, ...rights, secret, endpoint: s3Endpoint(host), region });
    },
  );

  app.delete(
    '/access-keys/:id',
    {
      schema: {
        tags,
        summary: 'Revokes an access key, and every URL that was presigned with it, at once',
        params: accessKeyInPath,
        response: { 204: z.null() },
      },
    },
    async ({ params: { id } }, reply) => {
      await own(accessKeys).revoke(id);
      return reply.code(204).send(null);
    },
  );
}

function own(accessKeys: AccessKeys | undefined): AccessKeys {
  if (accessKeys) return accessKeys;
  throw new Fault('not_found', 'the store is not the built-in one: its access keys are not made here', {
    mend: 'make them where the store of S3_ENDPOINT is administered',
  });
}
