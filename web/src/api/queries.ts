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
