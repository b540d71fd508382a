// The live feed: what changes on the server arrives here by itself, and after each connect everything is asked for anew.
import type { QueryClient } from '@tanstack/react-query';
import { createPixmill } from '../../../sdk/client.ts';
import type { FeedEvent } from '../../../sdk/feed.ts';
import { count } from '../format/words.ts';
import { announce } from '../parts/announcer.tsx';
import { applyPictures, applyRun } from './apply-news.ts';
import { statusOf } from './fault-words.ts';
import { sessionQuery } from './queries.ts';
import type { Picture } from './types.ts';

export type FeedState = 'opening' | 'live' | 'lost';

/** News are gathered this long, so that a thousand pictures at once cost one drawing each few frames. */
const GATHER_MS = 100;
/** Counts of pipelines follow the news at most this often. */
const COUNTS_MS = 1_000;
/** As do the lists of events and files, and the figures. */
const LISTS_MS = 1_000;
/** A feed that could not be reached is begun anew after this long: somebody is looking. */
const AGAIN_MS = 2_000;

let state: FeedState = 'opening';
const listeners = new Set<() => void>();

export const feedState = {
  read: (): FeedState => state,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

function enter(next: FeedState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** @returns what ends it */
export function openFeed(client: QueryClient): () => void {
  const news = openNews(client);
  let ended = false;
  let attempt = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function follow() {
    attempt = new AbortController();
    const { signal } = attempt;
    try {
      for await (const event of watched(onLost).feed({ signal })) {
        enter('live');
        news.take(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      // Perhaps the server is well, and only this session is over.
      if (statusOf(error) === 401) client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      onLost();
    }
  }
  function onLost() {
    if (ended) return;
    enter('lost');
    attempt.abort();
    timer = setTimeout(follow, AGAIN_MS);
  }

  void follow();
  return () => {
    ended = true;
    attempt.abort();
    clearTimeout(timer);
    news.close();
    enter('opening');
  };
}

/** A client that says when its requests find nobody: the feed itself waits such times out in silence. */
function watched(onLost: () => void) {
  return createPixmill({
    url: location.origin,
    async fetch(...request) {
      const aborted = () => (request[1]?.signal as AbortSignal | undefined)?.aborted;
      try {
        const response = await fetch(...request);
        if (response.status >= 500) onLost();
        return response;
      } catch (error) {
        if (!aborted()) onLost();
        throw error;
      }
    },
  });
}

/** Gathers what the feed says and hands it on in portions. */
function openNews(client: QueryClient) {
  const pictures = new Map<number, Picture>();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let counting: ReturnType<typeof setTimeout> | undefined;
  let listing: ReturnType<typeof setTimeout> | undefined;
  let outdated = false;

  function flush() {
    gathering = undefined;
    const { done, failed } = applyPictures(client, pictures, scrollY < innerHeight);
    pictures.clear();
    if (failed > 0) announce(`${count(failed, 'picture')} failed.`);
    else if (done > 0) announce(`${count(done, 'picture')} ready.`);
  }
  function recount() {
    counting = undefined;
    client.invalidateQueries({ queryKey: ['pipelines'] });
  }
  /** Only what is on the screen is asked for again; what is heard until the answers are there makes another time. */
  async function relist() {
    outdated = false;
    await Promise.all(['events', 'stats', 'files'].map((name) => client.invalidateQueries({ queryKey: [name] })));
    listing = outdated ? setTimeout(relist, LISTS_MS) : undefined;
  }
  return {
    take(event: FeedEvent) {
      if (event.type === 'resync') {
        client.invalidateQueries();
        return;
      }
      outdated = true;
      listing ??= setTimeout(relist, LISTS_MS);
      if (event.type === 'run') {
        applyRun(client, event.data);
      } else if (event.type === 'object') {
        pictures.set(event.data.id, event.data);
        gathering ??= setTimeout(flush, GATHER_MS);
        counting ??= setTimeout(recount, COUNTS_MS);
      }
    },
    close() {
      clearTimeout(gathering);
      clearTimeout(counting);
      clearTimeout(listing);
    },
  };
}
