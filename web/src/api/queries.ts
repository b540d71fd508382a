// What the page asks of the API, and under which names the answers are kept.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { PAGE } from './apply-news.ts';
import { answer, pixmill } from './client.ts';
import { statusOf } from './fault-words.ts';
import type { PictureState } from './types.ts';

/** Which pictures are listed. */
export interface PictureFilter {
  pipeline: string | undefined;
  state: PictureState | undefined;
  /** Part of a key. */
  words: string;
}

/** Names of the API's query, of which the server looks at the values. */
export type Search = Record<string, string>;

const EVENTS = 50;
/** Each is looked for in several buckets. */
const FILES = 25;

/** A fault that the same question would meet again is not asked about again. */
export function worthRetrying(failures: number, error: Error): boolean {
  const status = statusOf(error);
  return failures < 2 && (status === 0 || status >= 500);
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => answer(pixmill.GET('/api/v1/session', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const pipelinesQuery = queryOptions({
  queryKey: ['pipelines'],
  queryFn: async ({ signal }) => (await answer(pixmill.GET('/api/v1/pipelines', { signal }))).items,
});

export function picturesQuery(filter: PictureFilter) {
  return infiniteQueryOptions({
    queryKey: ['pictures', filter],
    queryFn: ({ signal, pageParam }) =>
      answer(
        pixmill.GET('/api/v1/objects', {
          signal,
          params: {
            query: {
              limit: PAGE,
              ...(filter.pipeline && { pipeline: filter.pipeline }),
              ...(filter.state && { state: filter.state }),
              ...(filter.words && { q: filter.words }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
}

export function pictureQuery(id: number) {
  return queryOptions({
    queryKey: ['picture', id],
    queryFn: ({ signal }) => answer(pixmill.GET('/api/v1/objects/{id}', { signal, params: { path: { id } } })),
  });
}

export function historyQuery(bucket: string, key: string) {
  return queryOptions({
    queryKey: ['history', bucket, key],
    queryFn: ({ signal }) => answer(pixmill.GET('/api/v1/history', { signal, params: { query: { bucket, key } } })),
  });
}

/** One page of events; `search` is filter and place as the address has them. */
export function eventsQuery(search: Search) {
  return queryOptions({
    queryKey: ['events', search],
    queryFn: ({ signal }) =>
      answer(pixmill.GET('/api/v1/events', { signal, params: { query: { limit: EVENTS, ...(search as object) } } })),
  });
}

export function eventQuery(id: number) {
  return queryOptions({
    queryKey: ['event', id],
    queryFn: ({ signal }) => answer(pixmill.GET('/api/v1/events/{id}', { signal, params: { path: { id } } })),
    // A message stays as it came.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function filesQuery(search: Search) {
  return queryOptions({
    queryKey: ['files', search],
    queryFn: ({ signal }) =>
      answer(pixmill.GET('/api/v1/files', { signal, params: { query: { limit: FILES, ...(search as object) } } })),
  });
}

export const statsQuery = queryOptions({
  queryKey: ['stats'],
  queryFn: ({ signal }) => answer(pixmill.GET('/api/v1/stats', { signal })),
});
