// Puts what the feed says into the answers that the page holds.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { PictureFilter } from './queries.ts';
import type { Picture, Pipeline, Run } from './types.ts';

interface Page {
  items: Picture[];
  next: string | null;
}
export type Pages = InfiniteData<Page, string | undefined>;

/** Pictures that changed, the latest word of each. @returns how many of those waiting were finished, and how many given up */
export function applyPictures(client: QueryClient, pictures: Map<number, Picture>): { done: number; failed: number } {
  const waited = new Set<number>();
  for (const query of client.getQueryCache().findAll({ queryKey: ['pictures'] })) {
    const filter = query.queryKey[1] as PictureFilter;
    const held = client.getQueryData<Pages>(query.queryKey);
    if (!held) continue;
    for (const { id, state } of held.pages.flatMap(({ items }) => items)) if (state === 'pending') waited.add(id);
    client.setQueryData<Pages>(query.queryKey, mergePictures(held, pictures, filter));
  }
  const ended = { done: 0, failed: 0 };
  for (const picture of pictures.values()) {
    client.setQueryData(['picture', picture.id], picture);
    client.invalidateQueries({ queryKey: ['history', picture.bucket, picture.key] });
    if (!waited.has(picture.id)) continue;
    if (picture.state === 'failed') ended.failed++;
    else if (picture.state === 'done' || picture.state === 'delivered') ended.done++;
  }
  return ended;
}

/** Replaces what is listed, takes out what no longer belongs, and puts what is new where its time says. */
export function mergePictures(held: Pages, pictures: Map<number, Picture>, filter: PictureFilter): Pages {
  const arriving = new Map(pictures);
  const pages = held.pages.map((page) => ({
    ...page,
    items: page.items.flatMap((item) => {
      const latest = arriving.get(item.id);
      if (!latest) return [item];
      // A replaced original has a new time, and so a new place.
      if (latest.modifiedAt !== item.modifiedAt) return [];
      arriving.delete(item.id);
      return isListed(latest, filter) ? [latest] : [];
    }),
  }));
  for (const picture of arriving.values()) {
    if (!isListed(picture, filter)) continue;
    const page = pages.find(({ items, next }) => next === null || items.some((item) => newerFirst(picture, item) < 0));
    // What is older than everything listed comes with the page that is fetched for it.
    if (page) page.items = [...page.items, picture].sort(newerFirst);
  }
  return { ...held, pages };
}

/** Mirrors the conditions of the list on the server. */
export function isListed(picture: Picture, { pipeline, state, words }: PictureFilter): boolean {
  if (state === undefined ? picture.state === 'gone' : picture.state !== state) return false;
  if (words !== '' && !picture.key.toLowerCase().includes(words.toLowerCase())) return false;
  return pipeline === undefined || picture.expected.some((each) => each.pipeline === pipeline);
}

function newerFirst(one: Picture, other: Picture): number {
  return Date.parse(other.modifiedAt) - Date.parse(one.modifiedAt) || other.id - one.id;
}

export function applyRun(client: QueryClient, run: Run): void {
  client.setQueryData<Pipeline[]>(['pipelines'], (held) =>
    held?.map((pipeline) =>
      pipeline.name === run.pipeline && (pipeline.lastRun?.id ?? 0) <= run.id ? { ...pipeline, lastRun: run } : pipeline,
    ),
  );
}
