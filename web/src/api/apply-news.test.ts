import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isListed, mergePictures, type Pages } from './apply-news.ts';
import type { PictureFilter } from './queries.ts';
import type { Picture } from './types.ts';

const ALL: PictureFilter = { pipeline: undefined, state: undefined, words: '' };

function picture(id: number, second: number, changes: Partial<Picture> = {}): Picture {
  return {
    id,
    bucket: 'pictures',
    key: `${id}.jpg`,
    etag: 'e',
    size: 1,
    format: null,
    width: null,
    height: null,
    sha256: null,
    state: 'pending',
    modifiedAt: new Date(second * 1000).toISOString(),
    renditions: [],
    failures: [],
    expected: [{ pipeline: 'thumbnail', rendition: 'thumbnail' }],
    ...changes,
  };
}

function pagesOf(...pages: [items: Picture[], next: string | null][]): Pages {
  return { pages: pages.map(([items, next]) => ({ items, next })), pageParams: pages.map(() => undefined) };
}

function merged(held: Pages, news: Picture[], filter = ALL): number[][] {
  const { pages } = mergePictures(held, new Map(news.map((each) => [each.id, each])), filter);
  return pages.map(({ items }) => items.map(({ id }) => id));
}

test('a new picture stands first, whatever order the news came in', () => {
  assert.deepEqual(merged(pagesOf([[picture(1, 10)], null]), [picture(3, 30), picture(2, 20)]), [[3, 2, 1]]);
});

test('several at once find their places though more pages follow', () => {
  const news = [picture(4, 40), picture(3, 30), picture(2, 5)];
  assert.deepEqual(merged(pagesOf([[picture(1, 10)], 'c']), news), [[4, 3, 1]]);
});

test('two pictures of the same moment stand by their ids, as on the server', () => {
  assert.deepEqual(merged(pagesOf([[picture(1, 10)], null]), [picture(2, 10)]), [[2, 1]]);
});

test('a picture that changed its state is replaced where it stands', () => {
  const held = pagesOf([[picture(2, 20), picture(1, 10)], null]);
  const { pages } = mergePictures(held, new Map([[1, picture(1, 10, { state: 'done' })]]), ALL);
  assert.deepEqual(
    pages[0]?.items.map(({ id, state }) => [id, state]),
    [
      [2, 'pending'],
      [1, 'done'],
    ],
  );
});

test('a picture that was overwritten moves to the front, once', () => {
  assert.deepEqual(merged(pagesOf([[picture(2, 20)], 'c'], [[picture(1, 10)], null]), [picture(1, 30)]), [[1, 2], []]);
});

test('a deleted picture leaves the list, and stays where deleted ones are asked for', () => {
  const gone = picture(1, 10, { state: 'gone' });
  assert.deepEqual(merged(pagesOf([[picture(1, 10)], null]), [gone]), [[]]);
  assert.deepEqual(merged(pagesOf([[], null]), [gone], { ...ALL, state: 'gone' }), [[1]]);
});

test('a picture older than everything listed waits for its page, or stands last where there is no further page', () => {
  assert.deepEqual(merged(pagesOf([[picture(2, 20)], 'c']), [picture(1, 10)]), [[2]]);
  assert.deepEqual(merged(pagesOf([[picture(2, 20)], null]), [picture(1, 10)]), [[2, 1]]);
});

test('a picture between two listed ones stands on the page of the older one', () => {
  const held = pagesOf([[picture(4, 40)], 'c'], [[picture(3, 30), picture(1, 10)], 'd']);
  assert.deepEqual(merged(held, [picture(2, 20)]), [[4], [3, 2, 1]]);
});

test('a filter by state, pipeline or words takes what the server would', () => {
  assert.equal(isListed(picture(1, 1), { ...ALL, state: 'failed' }), false);
  assert.equal(isListed(picture(1, 1), { ...ALL, pipeline: 'negative' }), false);
  assert.equal(isListed(picture(1, 1), { ...ALL, pipeline: 'thumbnail' }), true);
  assert.equal(isListed(picture(1, 1, { key: 'Holiday/Sea.JPG' }), { ...ALL, words: 'sea.j' }), true);
  assert.equal(isListed(picture(1, 1), { ...ALL, words: 'sea' }), false);
});
