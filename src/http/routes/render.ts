// POST render: a picture in, a rendition out, nothing stored.
import { finished } from 'node:stream';
import { z } from 'zod';
import { recipeSchema } from '../../config/recipe-schema.ts';
import { Fault } from '../../domain/fault.ts';
import { contentType, type Recipe } from '../../domain/recipe.ts';
import { takeOutput } from '../../domain/rendered.ts';
import type { Api } from '../api.ts';
import type { HttpServices } from '../services.ts';
import { bytes, imageBody } from '../shapes/bytes.ts';

/** Requests at once for each picture that can be rendered at once: the rest are told to come back. Each holds a whole file. */
const WAITING_PER_SLOT = 2;

const query = z.object({
  recipe: z
    .string()
    .max(10_000)
    .default('{}')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    // A watermark is named by its file, and no stranger names files of this machine.
    .pipe(recipeSchema.refine(({ watermark }) => watermark === undefined, 'watermark: only pipelines lay marks over pictures')),
});

export function renderRoutes(app: Api, { imaging, config }: HttpServices): void {
  let underWay = 0;

  app.register(async (scope: Api) => {
    scope.removeAllContentTypeParsers();
    const parsing = { parseAs: 'buffer', bodyLimit: config.limits.bytes } as const;
    for (const type of [/^image\//, 'application/octet-stream']) {
      scope.addContentTypeParser(type, parsing, (_request, body, done) => done(null, body));
    }
    // Before the body is read: it is the bodies that fill the memory.
    scope.addHook('onRequest', async (_request, reply) => {
      if (underWay >= imaging.slots * WAITING_PER_SLOT) {
        throw new Fault('unavailable', 'as many pictures are being rendered as can be', { mend: 'try again in a moment' });
      }
      underWay++;
      finished(reply.raw, () => underWay--);
    });

    scope.post(
      '/render',
      {
        bodyLimit: config.limits.bytes,
        schema: {
          tags: ['render'],
          summary: 'Renders a picture by a recipe, and stores nothing',
          consumes: ['image/*', 'application/octet-stream'],
          querystring: query,
          body: imageBody,
          response: { 200: bytes('The rendition; its size, hash and time are in the headers') },
        },
      },
      async ({ query, body }, reply) => {
        const recipe = withoutUndefined(query.recipe) as unknown as Recipe;
        const picture = await imaging.render(body, [{ id: 'it', recipe, siblings: [recipe] }]);
        const output = takeOutput(picture, 'it');
        return reply
          .header('content-type', contentType(output.format))
          .header('content-security-policy', "sandbox; default-src 'none'")
          .header('x-pixmill-width', output.width)
          .header('x-pixmill-height', output.height)
          .header('x-pixmill-sha256', output.sha256)
          .header('x-pixmill-ms', Math.round(picture.decodeMs + output.ms))
          .send(output.body);
      },
    );
  });
}

/** Two ways of saying nothing are one to the renderer. */
function withoutUndefined(recipe: object): object {
  return JSON.parse(JSON.stringify(recipe)) as object;
}
