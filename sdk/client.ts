// The client of Pixmill's API, for Node and for browsers: typed by the server's own description.
import createClient, { type Client } from 'openapi-fetch';
import { type FeedEvent, type FeedOptions, followFeed } from './feed.ts';
import { ProblemError } from './problem.ts';
import type { components, paths } from './schema.ts';

type Schemas = components['schemas'];
export type StoredObject = Schemas['StoredObject'];
export type Rendition = Schemas['Rendition'];
export type Pipeline = Schemas['Pipeline'];
export type Run = Schemas['Run'];
export type Failure = Schemas['Failure'];
export type Delivery = Schemas['Delivery'];
export type PixmillEvent = Schemas['Event'];
export type PixmillFile = Schemas['File'];
export type History = Schemas['History'];
export type Stats = Schemas['Stats'];
export type Token = Schemas['Token'];
export type AccessKey = Schemas['AccessKey'];
export type Session = Schemas['Session'];
export type Upload = Schemas['Upload'];

export interface PixmillOptions {
  /** Where the server is, such as `http://127.0.0.1:8080`. */
  url: string;
  /** An API token. Browsers leave it out: their cookie speaks for them. */
  token?: string | undefined;
  /** Instead of the global one. */
  fetch?: typeof globalThis.fetch;
}

export interface Pixmill extends Client<paths> {
  /** What changes, as it changes; ends when `signal` is aborted, and otherwise comes back by itself. */
  feed(options?: FeedOptions): AsyncGenerator<FeedEvent, void, undefined>;
}

/**
 * Makes a client: `await pixmill.GET('/api/v1/objects', { params: { query: { limit: 10 } } })` and so on, each answering
 * `{ data, error, response }`. `answer` of this module turns that into the data, or throws the problem.
 */
export function createPixmill({ url, token, fetch = globalThis.fetch }: PixmillOptions): Pixmill {
  const baseUrl = url.replace(/\/+$/, '');
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const client = createClient<paths>({ baseUrl, headers, fetch: (request) => fetch(request) });
  return Object.assign(client, {
    feed: (options: FeedOptions = {}) => followFeed({ url: `${baseUrl}/api/v1/feed`, headers, fetch }, options),
  });
}

interface Answered<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/**
 * The data of an answer.
 * @throws ProblemError where the server refused or failed, and whatever fetch throws where it could not be reached
 */
export async function answer<Data>(asked: Promise<Answered<Data>>): Promise<Exclude<Data, undefined>> {
  const { data, error, response } = await asked;
  if (!response.ok) throw new ProblemError(response.status, error);
  return data as Exclude<Data, undefined>;
}

/** Every item of a paged list: asks for the next page when the one before has been used up. */
export async function* everyItem<Item>(
  page: (cursor: string | undefined) => Promise<Answered<{ items: Item[]; next: string | null }>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | null | undefined;
  do {
    const { items, next } = await answer(page(cursor ?? undefined));
    yield* items;
    cursor = next;
  } while (cursor !== null);
}
