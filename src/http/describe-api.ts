// The description of the API as a document, for those who write clients from it.
import { buildApp } from './app.ts';
import type { FeedHub } from './feed-hub.ts';
import type { HttpServices } from './services.ts';

/** The whole document, without any database, store or port: nothing of the services is asked for a description. */
export async function describeApi(version: string): Promise<object> {
  const services = { config: { pipelines: [], limits: { bytes: 1 }, hooks: {} }, version, webFolder: import.meta.dirname };
  const app = await buildApp(services as unknown as HttpServices, {} as FeedHub);
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}
