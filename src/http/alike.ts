// Addresses that are a page for a browser and the same as data for a program: those that the API answers elsewhere.
import type { IncomingMessage } from 'node:http';
import Negotiator from 'negotiator';
import type { Api } from './api.ts';

const IN_API = new Map([
  ['/events/stats', '/api/v1/stats'],
  ['/events/history', '/api/v1/events'],
  ['/files', '/api/v1/files'],
]);

/** The address of the route that answers: that of the API, unless the client would rather see HTML. */
export function routeFor({ method, url = '/', headers }: IncomingMessage): string {
  const [path = '', ...query] = url.split('?');
  const inApi = IN_API.get(path);
  if (inApi === undefined || (method !== 'GET' && method !== 'HEAD') || prefersPage(headers.accept)) return url;
  return [inApi, ...query].join('?');
}

/** Caches keep the two answers apart. */
export function varyByAccept(app: Api): void {
  app.addHook('onRequest', async ({ originalUrl }, reply) => {
    if (IN_API.has(originalUrl.split('?')[0] ?? '')) reply.header('vary', 'Accept');
  });
}

/** Whoever accepts anything is a program: browsers name HTML. */
function prefersPage(accept: string | undefined): boolean {
  return new Negotiator({ headers: { accept } }).mediaType(['application/json', 'text/html']) === 'text/html';
}
