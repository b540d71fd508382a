// Puts what the feed says into the answers that the page holds.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { PictureFilter } from './queries.ts';
import type { Picture, Pipeline, Run } from './types.ts';

interface Page {
  items: Picture[];
  next: string | null;
}
export type Pages = InfiniteData<Page, string | undefined>;

/** Pictures on a page of the list. */
export const PAGE = 48;
/** A list that grew longer than this while its reader is at its top, or longer than that anywhere, is cut to one page. */
const LONG = 400;
const LONGEST = 2_000;

/**
 * Pictures that changed, the latest word of each.
 * @param atTop whether the reader sees the beginning of the list
 * @returns how many of those waiting were finished, and how many given up
 */
export function applyPictures(
  client: QueryClient,
  pictures: Map<number, Picture>,
  atTop: boolean,
): { done: number; failed: number } {
  const waited = new Set<number>();
  for (const query of client.getQueryCache().findAll({ queryKey: ['pictures'] })) {
    const filter = query.queryKey[1] as PictureFilter;
    const held = client.getQueryData<Pages>(query.queryKey);
    if (!held) continue;
    for (const { id, state } of held.pages.flatMap(({ items }) => items)) if (state === 'pending') waited.add(id);
    const merged = mergePictures(held, pictures, filter);
    const isLong = lengthOf(merged) > (atTop ? LONG : LONGEST);
    client.setQueryData<Pages>(query.queryKey, isLong ? firstPageOf(merged) : merged);
    // Asked for anew, the first page knows where the next one begins.
    if (isLong) client.invalidateQueries({ queryKey: query.queryKey, exact: true });
  }
  const ended = { done: 0, failed: 0 };
  for (const picture of pictures.values()) {
    if (client.getQueryState(['picture', picture.id])) client.setQueryData(['picture', picture.id], picture);
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
  const ends = pages.map(({ items, next }) => ({ oldest: items.at(-1), open: next === null }));
  const joined = new Set<Page>();
  for (const picture of arriving.values()) {
    if (!isListed(picture, filter)) continue;
    const place = ends.findIndex(({ oldest, open }) => open || (oldest && newerFirst(picture, oldest) < 0));
    const page = pages[place];
    // What is older than everything listed comes with the page that is fetched for it.
    if (!page) continue;
    page.items.push(picture);
    joined.add(page);
  }
  for (const page of joined) page.items.sort(newerFirst);
  return { ...held, pages };
}

function lengthOf({ pages }: Pages): number {
  return pages.reduce((sum, { items }) => sum + items.length, 0);
}

function firstPageOf({ pages, pageParams }: Pages): Pages {
  const first = pages.slice(0, 1).map((page) => ({ ...page, items: page.items.slice(0, PAGE) }));
  return { pages: first, pageParams: pageParams.slice(0, 1) };
}

/** Mirrors the conditions of the list on the server. */
export function isListed(picture: Picture, { pipeline, state, words }: PictureFilter): boolean {
  if (state === undefined ? picture.state === 'gone' : picture.state !== state) return false;
  if (words !== '' && !picture.key.toLowerCase().includes(words.toLowerCase())) return false;
  return pipeline === undefined || picture.expected.some((each) => each.pipeline === pipeline);
}

function newerFirst(one: Picture, other: Picture): number {
  // Times in UTC of one form stand in the order of their letters.
  if (one.modifiedAt !== other.modifiedAt) return one.modifiedAt < other.modifiedAt ? 1 : -1;
  return other.id - one.id;
}

export function applyRun(client: QueryClient, run: Run): void {
  client.setQueryData<Pipeline[]>(['pipelines'], (held) =>
    held?.map((pipeline) =>
      pipeline.name === run.pipeline && (pipeline.lastRun?.id ?? 0) <= run.id ? { ...pipeline, lastRun: run } : pipeline,
    ),
  );
}
