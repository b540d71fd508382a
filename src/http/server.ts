// The HTTP server: the API, the feed and the page, on one port.
import { type Feed, openFeed } from '../ledger/feed.ts';
import { readOriginals } from '../ledger/originals.ts';
import { readRuns } from '../ledger/runs.ts';
import { buildApp } from './app.ts';
import { identify } from './authenticate.ts';
import { type FeedHub, openFeedHub } from './feed-hub.ts';
import { presentObject, presentRun } from './present.ts';
import type { HttpServices } from './services.ts';

/** How long requests under way may take to finish when the server is to stop, in milliseconds. */
const DRAIN_MS = 10_000;
const IDLE_MS = 50;

export interface HttpServer {
  /** Starts to listen; port 0 takes a free one. */
  listen(host: string, port: number): Promise<{ port: number }>;
  /** Ends the feeds, finishes the requests that are under way, and takes no more. */
  close(): Promise<void>;
}

export async function openHttp(services: HttpServices): Promise<HttpServer> {
  const { hub, feed } = openServerFeed(services);
  const app = await buildApp(services, hub);
  return {
    async listen(host, port) {
      await feed.listening;
      await app.listen({ host, port });
      const bound = app.server.address();
      return { port: typeof bound === 'object' && bound ? bound.port : port };
    },
    async close() {
      hub.close();
      // A download on a slow line must not keep a server that is to stop.
      const drain = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
      // A connection that was busy when the server closed is kept alive for a next request once its answer is out.
      const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_MS);
      await Promise.all([app.close(), feed.close()]);
      clearTimeout(drain);
      clearInterval(idle);
    },
  };
}

/** The hub of subscribers, and the connection on which the ledger tells it what changed. */
export function openServerFeed({ db, address, accounts, config, log }: HttpServices): { hub: FeedHub; feed: Feed } {
  const hub = openFeedHub(
    {
      readOriginals: (ids) => readOriginals(db, ids),
      readRuns: (ids) => readRuns(db, ids),
      presentObject: (original) => presentObject(original, config.pipelines),
      presentRun,
      isWelcome: async (request) => (await identify(accounts, request)) !== undefined,
    },
    log,
  );
  return { hub, feed: openFeed(address, hub, log) };
}
