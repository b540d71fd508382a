// The description of the API: OpenAPI 3.1, out of the schemas that the routes are checked by.
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { problem } from './shapes/problem.ts';

interface Document {
  paths?: object;
  components?: { schemas?: Record<string, object> };
}

const TAGS = [
  { name: 'objects', description: 'Originals, their renditions, and their story' },
  { name: 'uploads', description: 'Straight into the store' },
  { name: 'pipelines', description: 'What is declared' },
  { name: 'runs', description: 'One look over a whole source' },
  { name: 'failures', description: 'What was given up, and trying again' },
  { name: 'deliveries', description: 'Events that out-hooks have not taken yet' },
  { name: 'events', description: 'What was heard' },
  { name: 'files', description: 'What the store has, beside what the ledger says' },
  { name: 'feed', description: 'What changes, as it changes' },
  { name: 'stats', description: 'Figures' },
  { name: 'render', description: 'A picture in, a picture out' },
  { name: 'hooks', description: 'Where stores, queues and timers send their events' },
  { name: 'tokens', description: 'Who may come in' },
  { name: 'access-keys', description: 'What S3 clients of the built-in store may do' },
  { name: 'session', description: 'The browser’s' },
  { name: 'health', description: 'For whoever keeps the server running' },
];

/** How the library tells a shape that comes in from the same one going out. */
const INPUT = 'Input';

/** Every route may answer with a problem, so it is said once here rather than at each. */
const PROBLEM = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: problem } },
};

export function describeWith(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Pixmill',
        version,
        description:
          'Turns every picture put into a bucket into the renditions you declared. Times are ISO 8601 in UTC, sizes are bytes, ' +
          'durations milliseconds. Lists come in pages: hand `next` back as `cursor`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: TAGS,
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An API token' },
          hook: { type: 'http', scheme: 'bearer', description: 'A hook token: it sends events, and does nothing else' },
          hookQuery: {
            type: 'apiKey',
            in: 'query',
            name: 'token',
            description: 'The same, for senders that can be given only an address',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'pixmill_session',
            description: 'What a sign-in link leaves in a browser',
          },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    transform: (route) => {
      const schema = route.schema as { response?: object } | undefined;
      return jsonSchemaTransform({ ...route, schema: { ...schema, response: { ...schema?.response, default: PROBLEM } } });
    },
    transformObject: (source) =>
      withoutUnused(jsonSchemaTransformObject(source) as Document) as ReturnType<typeof jsonSchemaTransformObject>,
  };
}

/** Every shape is described as input and as output; only what some route speaks of is kept. */
function withoutUnused(document: Document): Document {
  const schemas = document.components?.schemas ?? {};
  const used = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(document.paths);
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  const described = JSON.stringify({ ...document, components: { ...document.components, schemas: Object.fromEntries(kept) } });
  // What is only ever sent to us needs no second name to tell it from what we send.
  const alone = [...used].filter((name) => name.endsWith(INPUT) && !used.has(name.slice(0, -INPUT.length)));
  return JSON.parse(
    alone.reduce(
      (text, name) => text.replaceAll(new RegExp(`(?<=["/])${name}(?=")`, 'g'), name.slice(0, -INPUT.length)),
      described,
    ),
  ) as Document;
}
