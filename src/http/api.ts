// The API: every route under /api/v1, closed to strangers.
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { requireIdentity } from './authenticate.ts';
import type { FeedHub } from './feed-hub.ts';
import { accessKeyRoutes } from './routes/access-keys.ts';
import { contentRoutes } from './routes/content.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { eventRoutes } from './routes/events.ts';
import { failureRoutes } from './routes/failures.ts';
import { feedRoutes } from './routes/feed.ts';
import { fileRoutes } from './routes/files.ts';
import { historyRoutes } from './routes/history.ts';
import { objectRoutes } from './routes/objects.ts';
import { pipelineRoutes } from './routes/pipelines.ts';
import { previewRoutes } from './routes/preview.ts';
import { renderRoutes } from './routes/render.ts';
import { runRoutes } from './routes/runs.ts';
import { statsRoutes } from './routes/stats.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { uploadRoutes } from './routes/uploads.ts';
import type { HttpServices } from './services.ts';

/** An instance of the server whose routes are typed by their schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Registers the closed routes; `app` is an instance of its own, so that its hooks reach no others. */
export function apiRoutes(app: Api, services: HttpServices, hub: FeedHub): void {
  app.addHook('onRequest', requireIdentity(services.accounts));
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  pipelineRoutes(app, services);
  objectRoutes(app, services);
  contentRoutes(app, services);
  previewRoutes(app, services);
  historyRoutes(app, services);
  uploadRoutes(app, services);
  runRoutes(app, services);
  eventRoutes(app, services);
  failureRoutes(app, services);
  deliveryRoutes(app, services);
  renderRoutes(app, services);
  tokenRoutes(app, services);
  accessKeyRoutes(app, services);
  statsRoutes(app, services);
  fileRoutes(app, services);
  feedRoutes(app, hub);
}
