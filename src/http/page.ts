// Serves the page as it was built, and says how to build it where it was not.
import { access } from 'node:fs/promises';
import { extname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import type { Api } from './api.ts';
import { noticePage } from './notice-page.ts';

const NOT_BUILT = noticePage('The page is not built', [
  'The server runs, and its API with it. The page is built once:',
  { command: 'npm run build:web' },
  'Then load this again.',
]);

/** Vite names these by their content, so that a browser may keep them for good. */
const HASHED = '/assets/';

/** @param folder of the build, with its index.html and assets; looked for at each request */
export async function pageRoutes(app: Api, folder: string): Promise<void> {
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, index: false, dotfiles: 'ignore' });

  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const path = new URL(request.url, 'http://page').pathname;
    if (path.startsWith('/api/')) return reply.callNotFound();
    if (extname(path) === '') return sendShell(reply, folder);
    reply.header('cache-control', path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache');
    return reply.sendFile(decodeURIComponent(path));
  });
}

/** The page finds its way from its address by itself. */
async function sendShell(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  reply.header('cache-control', 'no-cache');
  const built = await access(join(folder, 'index.html')).then(
    () => true,
    () => false,
  );
  if (built) return reply.sendFile('index.html');
  return reply.code(503).header('content-type', 'text/html; charset=utf-8').send(NOT_BUILT);
}
