// GET feed: what changes, as it changes, as server-sent events.
import { z } from 'zod';
import type { Api } from '../api.ts';
import type { FeedHub } from '../feed-hub.ts';

export function feedRoutes(app: Api, hub: FeedHub): void {
  app.get(
    '/feed',
    {
      // Nothing of a feed would be left in the answer to a HEAD.
      exposeHeadRoute: false,
      schema: {
        tags: ['feed'],
        summary: 'Server-sent events: each changed object and run, whole',
        description:
          'Events: `object` (data: StoredObject), `run` (data: Run), `events` (data: {}; events were received or answered), ' +
          '`resync` (data: {}; something was missed, so fetch again what you show). A comment comes every 15 seconds. Nothing is replayed: after each connect, fetch what you show. ' +
          'A client that does not read is dropped.',
        response: { 200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } } },
      },
    },
    (request, reply) => {
      const answer = hub.admit(request);
      reply.hijack();
      answer(reply.raw);
    },
  );
}
