import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Kysely, sql } from 'kysely';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { listPage } from './list-scan.ts';
import type { StoreTables } from './tables.ts';

let database: TestDatabase;
let opened: Database<StoreTables>;
let db: Kysely<StoreTables>;

before(async () => {
  database = await createTestDatabase();
  opened = openDatabase<StoreTables>(database.address, 1);
  db = opened.db;
  await migrateUp(db);
  await db
    .insertInto('store_bucket')
    .values([{ name: 'aaa' }, { name: 'bucket' }, { name: 'zzz' }])
    .execute();
});

after(async () => {
  await opened.close();
  await database.drop();
});

async function fill(keys: string[]): Promise<void> {
  await db.deleteFrom('store_object').execute();
  const row = { blob: null, pieces: null, size: 0, etag: 'e', checksum: null, headers: '{}', metadata: '{}', tags: null };
  const rows = ['aaa', 'bucket', 'zzz'].flatMap((bucket) =>
    (bucket === 'bucket' ? keys : ['a', 'm/a', '\u{10ffff}']).map((key) => ({ bucket, key, ...row, modified_at: new Date() })),
  );
  await db.insertInto('store_object').values(rows).execute();
}

const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What S3 says a listing is, said as plainly as possible. */
function model(keys: string[], prefix: string, delimiter: string): string[] {
  const names = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const found = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return found < 0 ? `key ${key}` : `prefix ${key.slice(0, found + delimiter.length)}`;
    });
  return [...new Set(names)].sort((a, b) => bytes(a.slice(a.indexOf(' ') + 1), b.slice(b.indexOf(' ') + 1)));
}

async function listAll(prefix: string, delimiter: string, limit: number): Promise<string[]> {
  const seen: string[] = [];
  for (let after = ''; ; ) {
    const page = await listPage(db, { bucket: 'bucket', prefix, delimiter, after, limit });
    assert.ok(page.entries.length <= limit);
    seen.push(...page.entries.map((entry) => `${entry.kind} ${entry.name}`));
    if (!page.truncated) return seen;
    assert.equal(page.entries.length, limit);
    after = page.entries.at(-1)?.name ?? '';
  }
}

// Letters whose order in bytes differs from that of UTF-16, and that a delimiter may consist of.
const letters = fc.constantFrom('a', 'b', '/', '/', ' ', '%', '_', '\\', 'é', '\uffee', '\u{1f600}', '\u{10ffff}', '\u0001');
const texts = (minLength: number, maxLength: number) => fc.string({ unit: letters, minLength, maxLength });

test('the pages of any listing are those of the plain model, in byte order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(texts(1, 6), { minLength: 1, maxLength: 25 }),
      texts(0, 2),
      texts(0, 2),
      fc.integer({ min: 1, max: 7 }),
      async (keys, prefix, delimiter, limit) => {
        await fill(keys);
        assert.deepEqual(await listAll(prefix, delimiter, limit), model(keys, prefix, delimiter));
      },
    ),
    { numRuns: 150 },
  );
});

test('a listing continues behind any text, whether it is a key or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(texts(1, 4), { minLength: 1, maxLength: 15 }), texts(0, 4), async (keys, start) => {
      await fill(keys);
      const { entries } = await listPage(db, { bucket: 'bucket', prefix: '', delimiter: '', after: start, limit: 100 });
      assert.deepEqual(
        entries.map((entry) => entry.name),
        keys.filter((key) => bytes(key, start) > 0).sort(bytes),
      );
    }),
    { numRuns: 100 },
  );
});

test('a common prefix as the place to continue leaves out all that is under it', async () => {
  await fill(['a/1', 'a/2', 'b/1', 'c']);
  const { entries } = await listPage(db, { bucket: 'bucket', prefix: '', delimiter: '/', after: 'a/', limit: 10 });
  assert.deepEqual(
    entries.map((entry) => entry.name),
    ['b/', 'c'],
  );
});

test('a page of common prefixes takes as many steps as it has entries, not as many as there are keys', async () => {
  await db.deleteFrom('store_object').execute();
  await opened.pool.query(
    `INSERT INTO store_object (bucket, key, size, etag, headers, metadata, modified_at)
     SELECT 'bucket', 'd' || (n % 20) || '/' || n, 1, 'e', '{}', '{}', now() FROM generate_series(1, 20000) n`,
  );
  await opened.pool.query('ANALYZE store_object');
  await db.transaction().execute(async (tx) => {
    const before = await rowsRead(tx);
    const { entries } = await listPage(tx, { bucket: 'bucket', prefix: '', delimiter: '/', after: '', limit: 1000 });
    assert.equal(entries.length, 20);
    const read = (await rowsRead(tx)) - before;
    assert.ok(read > 0 && read < 100, `${read} rows were read`);
  });
});

/** Rows of objects that this connection has read and not yet reported, which it never does within a transaction. */
async function rowsRead(tx: Kysely<StoreTables>): Promise<number> {
  const { rows } = await sql<{ read: number }>`
    SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_xact_all_tables WHERE relname = 'store_object'`.execute(tx);
  return rows[0]?.read ?? 0;
}
