// Names and pages on the real ledger; the store is a listing, of which pages of two or of a thousand are given.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres.ts';
import { compileConfig } from '../../config/load.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { Store } from '../../domain/ports.ts';
import { type Database, openDatabase } from '../../ledger/database.ts';
import { migrateUp } from '../../ledger/migrate.ts';
import type { Ledger } from '../../ledger/schema.ts';
import { listFiles } from './list.ts';
import { compare, eachFile, type Place, rangesOf } from './places.ts';

let server: TestDatabase;
let database: Database<Ledger>;
before(async () => {
  server = await createTestDatabase();
  database = openDatabase<Ledger>(server.address, 4);
  await migrateUp(database.db);
});
after(async () => {
  await database.close();
  await server.drop();
});
beforeEach(() => database.pool.query('TRUNCATE original, rendition, failure'));

async function pipelinesOf(...sources: { bucket: string; prefix?: string }[]): Promise<Pipeline[]> {
  const renditions = { r: { recipe: {}, to: { bucket: 'out', key: '{key}' } } };
  const named = sources.map((source, index) => [`p${index}`, { source, renditions }]);
  return (await compileConfig({ pipelines: Object.fromEntries(named) }, '/c', () => 'f')).pipelines;
}

/** A store of which only the listing and HEAD are asked; there are no outputs in it. */
function storeOf(count: number, keyOf: (index: number) => string, pageSize: number): { store: Store; pages: () => number } {
  let pages = 0;
  async function* list(_bucket: string, { prefix = '', after = '' }: { prefix?: string; after?: string } = {}) {
    let page = [];
    for (let index = 0; index < count; index++) {
      const key = keyOf(index);
      if (!key.startsWith(prefix) || compare(key, after) <= 0) continue;
      page.push({ key, etag: 'e', size: 1, modifiedAt: new Date(0) });
      if (page.length < pageSize) continue;
      pages++;
      yield page;
      page = [];
    }
    yield page;
  }
  return { store: { list, head: async () => undefined } as unknown as Store, pages: () => pages };
}

async function know(bucket: string, keys: string[]): Promise<void> {
  const rows = keys.map((key) => ({ bucket, key, state: 'done' as const }));
  if (rows.length > 0) await database.db.insertInto('original').values(rows).execute();
}

test('sources that overlap are read once, and in the order of buckets and keys', async () => {
  const pipelines = await pipelinesOf(
    { bucket: 'bbb', prefix: 'x/' },
    { bucket: 'aaa', prefix: 'b/' },
    { bucket: 'aaa', prefix: 'a/' },
    { bucket: 'aaa', prefix: 'a/deep/' },
    { bucket: 'bbb', prefix: 'x/' },
    { bucket: 'bbb' },
  );
  assert.deepEqual(rangesOf(pipelines), [
    { bucket: 'aaa', prefix: 'a/' },
    { bucket: 'aaa', prefix: 'b/' },
    { bucket: 'bbb', prefix: '' },
  ]);
});

test('whatever store and ledger know, each name of the sources comes once, in order, and from anywhere on', async () => {
  const pipelines = await pipelinesOf({ bucket: 'src', prefix: 'a' }, { bucket: 'src', prefix: 'b/' });
  const name = fc
    .tuple(
      fc.constantFrom('a', 'b/', 'b', 'c'),
      fc.string({ unit: fc.constantFrom('a', '/', 'é', '\u{ffff}', '\u{10000}'), maxLength: 3 }),
    )
    .map(([start, rest]) => start + rest);
  const names = fc.uniqueArray(name, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(names, names, name, async (listed, known, from) => {
      await database.pool.query('TRUNCATE original, rendition, failure');
      await know('src', known);
      const inOrder = listed.toSorted(compare);
      const { store } = storeOf(inOrder.length, (index) => inOrder[index] ?? '', 2);
      const expected = [...new Set([...listed, ...known])].filter((key) => /^(a|b\/)/.test(key)).sort(compare);
      const read = async (after?: Place) => {
        const found = [];
        for await (const { key, listed: object } of eachFile({ db: database.db, store }, pipelines, after))
          found.push({ key, object });
        return found;
      };
      const all = await read();
      assert.deepEqual(
        all.map(({ key }) => key),
        expected,
      );
      for (const { key, object } of all) assert.equal(object !== undefined, listed.includes(key), key);
      const rest = await read({ bucket: 'src', key: from });
      assert.deepEqual(
        rest.map(({ key }) => key),
        expected.filter((key) => compare(key, from) > 0),
      );
    }),
    { numRuns: 60 },
  );
});

test('where one file is sought among many, answers stay short, and following them finds it', async () => {
  const pipelines = await pipelinesOf({ bucket: 'src' });
  const { store, pages } = storeOf(50_000, (index) => `${String(index).padStart(6, '0')}.png`, 1000);
  const services = { db: database.db, store, pipelines };
  const first = await listFiles(services, { q: '049000' }, 50, undefined);
  assert.deepEqual(first.files, []);
  assert.ok(pages() <= 21, `${pages()} pages were read`);
  let found = 0;
  let answers = 1;
  for (let next = first.next; next; answers++) {
    const answer = await listFiles(services, { q: '049000' }, 50, next);
    found += answer.files.length;
    next = answer.next;
  }
  assert.deepEqual([found, answers], [1, 3]);
});

test('where few of many files differ, no answer looks at more than a few hundred', async () => {
  const pipelines = await pipelinesOf({ bucket: 'src' });
  const keys = Array.from({ length: 1000 }, (_, index) => `${String(index).padStart(6, '0')}.png`);
  await know('src', keys);
  await database.pool.query(`UPDATE original SET etag = CASE key WHEN '000700.png' THEN 'other' ELSE 'e' END`);
  const { store } = storeOf(keys.length, (index) => keys[index] ?? '', 1000);
  let heads = 0;
  store.head = async () => {
    heads++;
    return undefined;
  };
  const found: string[] = [];
  const asked: number[] = [];
  for (let next: Place | undefined = { bucket: 'src', key: '' }; next; ) {
    const answer: Awaited<ReturnType<typeof listFiles>> = await listFiles(
      { db: database.db, store, pipelines },
      { state: 'drift' },
      50,
      next,
    );
    found.push(...answer.files.map(({ key }) => key));
    asked.push(heads);
    heads = 0;
    next = answer.next;
  }
  assert.deepEqual(found, ['000700.png']);
  assert.ok(Math.max(...asked) <= 300, asked.join());
  assert.equal(
    asked.reduce((one, other) => one + other),
    1000,
  );
});

test('while the store is away, no more is asked of it than was under way', async () => {
  const pipelines = await pipelinesOf({ bucket: 'src' });
  const { store } = storeOf(50, (index) => `${index}.png`, 1000);
  let heads = 0;
  store.head = async () => {
    heads++;
    throw new Error('away');
  };
  await assert.rejects(listFiles({ db: database.db, store, pipelines }, {}, 50, undefined), /away/);
  assert.equal(heads, 16);
});
