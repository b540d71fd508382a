import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import type { Log } from '../domain/ports.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { openBlobs } from './blobs.ts';
import { openGarbage } from './garbage.ts';
import type { StoreTables } from './tables.ts';

let database: TestDatabase;
let opened: Database<StoreTables>;
let folder: string;

const nothing = () => {};
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

before(async () => {
  database = await createTestDatabase();
  opened = openDatabase<StoreTables>(database.address, 2);
  await migrateUp(opened.db);
  await opened.db.insertInto('store_bucket').values({ name: 'bucket' }).execute();
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pixmill-garbage-'));
});

afterEach(() => rm(folder, { recursive: true }));

after(async () => {
  await opened.close();
  await database.drop();
});

async function name(key: string, blob: string | null, pieces: string | null = null): Promise<void> {
  const row = { size: 1, etag: 'e', checksum: null, headers: '{}', metadata: '{}', tags: null, modified_at: new Date() };
  await opened.db
    .insertInto('store_object')
    .values({ bucket: 'bucket', key, blob, pieces, ...row })
    .execute();
}

/** A store that was killed: one blob with a row, one piece with a row, one without, one dropped but not removed. */
async function killed(): Promise<{ kept: string[]; orphan: string; dropped: string }> {
  await opened.db.deleteFrom('store_object').execute();
  const blobs = await openBlobs(folder);
  const write = () => blobs.write([Buffer.from('x')]);
  const [kept, piece, orphan, dropped] = [await write(), await write(), await write(), await write()];
  await name('kept', kept);
  await name('pieces', null, JSON.stringify([[1, piece, 1, null]]));
  await opened.db.insertInto('store_garbage').values({ blob: dropped }).execute();
  return { kept: [kept, piece], orphan, dropped };
}

test('after a kill what no row names is removed, what one names stays, and the mark goes', async () => {
  const { kept, orphan, dropped } = await killed();
  const blobs = await openBlobs(folder);
  const garbage = openGarbage(folder, blobs, opened.db, log, 0);
  await garbage.collect();
  await garbage.close();
  assert.deepEqual(
    [...kept, orphan, dropped].map((blob) => existsSync(blobs.path(blob))),
    [true, true, false, false],
  );
  assert.deepEqual(await opened.db.selectFrom('store_garbage').selectAll().execute(), []);
  await blobs.close();
  assert.deepEqual(await readdir(path.join(folder, 'open')), []);
});

test('a file that goes while its folder is searched does not end the search', async () => {
  const { orphan, dropped } = await killed();
  const blobs = await openBlobs(folder);
  let queries = 0;
  // The first question is what was dropped; the second, which of the files just listed a row names.
  const db = opened.db.withPlugin({
    transformQuery({ node }) {
      if (++queries === 2) rmSync(blobs.path(orphan));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const garbage = openGarbage(folder, blobs, db, log, 0);
  await garbage.collect();
  assert.ok(queries >= 2);
  await garbage.close();
  assert.ok(!existsSync(blobs.path(dropped)));
  await blobs.close();
  assert.deepEqual(await readdir(path.join(folder, 'open')), []);
});

test('a young file without a row may be another process writing: it stays, and is looked at again', async () => {
  const { orphan } = await killed();
  const blobs = await openBlobs(folder);
  const patient = openGarbage(folder, blobs, opened.db, log, 60_000);
  await patient.collect();
  assert.ok(existsSync(blobs.path(orphan)));
  await patient.close();
  const eager = openGarbage(folder, blobs, opened.db, log, 0);
  await eager.collect();
  assert.ok(!existsSync(blobs.path(orphan)));
  await eager.close();
  await blobs.close();
});

test('after a commit with an unknown end the database decides which files stay', async () => {
  await opened.db.deleteFrom('store_object').execute();
  const blobs = await openBlobs(folder);
  const garbage = openGarbage(folder, blobs, opened.db, log, 0);
  const [went, failed] = [await blobs.write([Buffer.from('a')]), await blobs.write([Buffer.from('b')])];
  await name('went', went);
  garbage.suspect([went, failed]);
  await garbage.collect();
  assert.deepEqual([existsSync(blobs.path(went)), existsSync(blobs.path(failed))], [true, false]);
  await garbage.close();
  await blobs.close();
});

test('files of others in the folder do not stop the collecting', async () => {
  const { orphan } = await killed();
  await writeFile(path.join(folder, 'blobs', '000001', 'note.txt'), 'not ours');
  await writeFile(path.join(folder, 'blobs', 'note.txt'), 'not ours');
  const blobs = await openBlobs(folder);
  const garbage = openGarbage(folder, blobs, opened.db, log, 0);
  await garbage.collect();
  assert.ok(!existsSync(blobs.path(orphan)));
  await garbage.close();
  await blobs.close();
});
