import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { compileConfig } from '../config/load.ts';
import { matches, type Pipeline } from '../domain/pipeline.ts';
import { type Database, openDatabase } from './database.ts';
import { migrateUp } from './migrate.ts';
import { countOriginals, listOriginals, type OriginalPlace } from './originals.ts';
import type { Ledger } from './schema.ts';

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

const GLOBS = [
  '*.png',
  '*.{jpg,jpeg}',
  '**/raw/**',
  'raw/*.png',
  '!(*.gif)',
  '+(a|b)*',
  '@(x|y).png',
  '[a-c]*.png',
  '[!a]*.png',
  '?.png',
  'photo-{1..3}.png',
  'a.b*',
  '*(1)*',
  'with space.png',
  '**',
  '*',
  'ä*',
  'back\\*slash',
  '$^.png',
  'a+b.png',
  '{a,b/**}/c.png',
];

async function pipelineOf(source: object): Promise<Pipeline> {
  const config = {
    pipelines: {
      p: { source: { bucket: 'src', ...source }, renditions: { r: { recipe: {}, to: { bucket: 'out', key: '{key}' } } } },
    },
  };
  const { pipelines } = await compileConfig(config, '/config.ts', () => 'f');
  return pipelines[0] as Pipeline;
}

test('PostgreSQL and the domain agree about which object is in the source of which pipeline', async () => {
  const segment = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      'raw',
      'x',
      'y',
      '.hidden',
      'photo-1',
      'photo-4',
      'a.b',
      '(1)',
      'back*slash',
      '$^',
      'a+b',
      'ä',
      'with space',
      '..',
      'l\nf',
    ),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 4 })
      .filter((text) => !/[\0/\n\r\u2028\u2029\u{10000}-\u{10ffff}]/u.test(text)),
  );
  const key = fc
    .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '.png', '.jpg', '.jpeg', '.gif', '/', '.PNG'))
    .map(([parts, end]) => parts.join('/') + end);
  const glob = fc.constantFrom(...GLOBS);
  const source = fc.record(
    {
      prefix: fc.constantFrom('', 'raw/', 'a'),
      match: fc.oneof(glob, fc.array(glob, { minLength: 1, maxLength: 3 })),
      exclude: glob,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(source, fc.array(key, { minLength: 1, maxLength: 40 }), async (said, keys) => {
      const pipeline = await pipelineOf(said);
      await database.db.deleteFrom('original').execute();
      const rows = [...new Set(keys)].map((key) => ({ bucket: 'src', key: key.toWellFormed(), state: 'done' as const }));
      await database.db
        .insertInto('original')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const { rows: listed } = await listOriginals(database.db, { pipeline }, 100);
      const expected = rows.filter((row) => matches(pipeline, 'src', row.key)).map((row) => row.key);
      assert.deepEqual(listed.map((row) => row.key).toSorted(), [...new Set(expected)].toSorted());
      assert.equal((await countOriginals(database.db, pipeline)).done, new Set(expected).size);
    }),
    { numRuns: 200 },
  );
});

test('originals of the same microsecond, and of neighbouring ones, are each on exactly one page', async () => {
  const { db, pool } = database;
  await db.deleteFrom('original').execute();
  await pool.query(
    `INSERT INTO original (bucket, key, state, modified_at)
     SELECT 'src', 'k' || n, 'done', timestamptz '2026-11-21 12:00:00.123456+02' + (n / 3) * interval '1 microsecond' FROM generate_series(1, 100) n`,
  );
  const seen: string[] = [];
  let place: OriginalPlace | undefined;
  do {
    const { rows, next } = await listOriginals(db, {}, 7, place);
    seen.push(...rows.map(({ key }) => key));
    place = next;
  } while (place);
  assert.deepEqual(
    seen,
    Array.from({ length: 100 }, (_, index) => `k${100 - index}`),
  );
});
