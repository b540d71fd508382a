import assert from 'node:assert/strict';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import type { Log } from '../domain/ports.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import type { PutWrite, StoreChange } from './batch.ts';
import { type Blobs, openBlobs } from './blobs.ts';
import { type Garbage, openGarbage } from './garbage.ts';
import { type Lane, openLane } from './lane.ts';
import { S3Error } from './s3-error.ts';
import type { StoreTables } from './tables.ts';

let database: TestDatabase;
let opened: Database<StoreTables>;
let folder: string;
let blobs: Blobs;
let garbage: Garbage;
let lane: Lane;
let batches: StoreChange[][];
let commits: number;
let onBatch: (changes: StoreChange[]) => Promise<void>;

const nothing = () => {};
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

before(async () => {
  database = await createTestDatabase();
  opened = openDatabase<StoreTables>(database.address, 4);
  await migrateUp(opened.db);
  await opened.db.insertInto('store_bucket').values({ name: 'bucket' }).execute();
});

beforeEach(async () => {
  await opened.db.deleteFrom('store_object').execute();
  await opened.db.deleteFrom('store_garbage').execute();
  folder = await mkdtemp(path.join(tmpdir(), 'pixmill-lane-'));
  blobs = await openBlobs(folder);
  garbage = openGarbage(folder, blobs, opened.db, log, 0);
  batches = [];
  commits = 0;
  onBatch = async () => {};
  lane = openLane({
    db: opened.db,
    blobs,
    garbage,
    async onChanges(_, changes) {
      batches.push(changes);
      await onBatch(changes);
    },
    afterCommit: () => {
      commits++;
    },
  });
});

afterEach(async () => {
  await lane.idle();
  await garbage.close();
  await blobs.close();
  await rm(folder, { recursive: true });
});

after(async () => {
  await opened.close();
  await database.drop();
});

async function put(key: string, more: Partial<PutWrite> = {}): Promise<PutWrite> {
  const blob = await blobs.write([Buffer.from(key)]);
  const row = { blob, pieces: null, size: 1, etag: blob, checksum: null, headers: {}, metadata: {}, tags: null };
  return { kind: 'put', bucket: 'bucket', key, when: undefined, row, ...more };
}

async function keys(): Promise<string[]> {
  const rows = await opened.db.selectFrom('store_object').select('key').orderBy('key').execute();
  return rows.map((row) => row.key);
}

/** Holds the first transaction until the rest is handed in, so that the rest gathers. */
function gate(): () => void {
  let release = nothing;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  onBatch = () => held;
  return () => {
    onBatch = async () => {};
    release();
  };
}

test('writes that come while a transaction is under way share the next one', async () => {
  const writes = await Promise.all(Array.from({ length: 31 }, (_, at) => put(`k${String(at).padStart(2, '0')}`)));
  const release = gate();
  const done = writes.map((write) => lane.write(write));
  release();
  await Promise.all(done);
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [1, 30],
  );
  assert.equal(commits, 2);
  assert.equal((await keys()).length, 31);
});

test('of several writes to one object the later wait, and the order is kept', async () => {
  const release = gate();
  const first = lane.write(await put('other'));
  const writes = [await put('a'), await put('a'), await put('b')];
  const done = writes.map((write) => lane.write(write));
  release();
  await Promise.all([first, ...done]);
  assert.deepEqual(
    batches.map((batch) => batch.map((change) => change.key)),
    [['other'], ['a', 'b'], ['a']],
  );
  const row = await opened.db.selectFrom('store_object').select('blob').where('key', '=', 'a').executeTakeFirst();
  assert.equal(row?.blob, writes[1]?.row.blob);
});

test('each write of a batch has its own outcome', async () => {
  const release = gate();
  const first = lane.write(await put('there'));
  const late = await put('there', { when: { ifNoneMatch: ['*'] } });
  const isRefused = assert.rejects(lane.write(late), { code: 'PreconditionFailed' });
  const isNowhere = assert.rejects(lane.write(await put('x', { bucket: 'nowhere' })), { code: 'NoSuchBucket' });
  const good = lane.write(await put('good'));
  const gone = lane.write({ kind: 'delete', bucket: 'bucket', key: 'never', when: undefined });
  release();
  await Promise.all([first, good]);
  await Promise.all([isRefused, isNowhere]);
  assert.equal((await gone).existed, false);
  assert.deepEqual(await keys(), ['good', 'there']);
});

test('a write that the database refuses does not take its neighbours with it', async () => {
  const release = gate();
  const first = lane.write(await put('first'));
  const isBad = assert.rejects(lane.write(await put('bad\0key')));
  const good = lane.write(await put('good'));
  release();
  await Promise.all([first, good]);
  await isBad;
  assert.deepEqual(await keys(), ['first', 'good']);
});

test('where the owner fails nothing becomes visible, and nobody is woken', async () => {
  onBatch = async () => {
    throw new Error('the queue is full');
  };
  await assert.rejects(lane.write(await put('a')), /the queue is full/);
  assert.deepEqual(await keys(), []);
  assert.equal(commits, 0);
});

test('blobs that were replaced are removed, those of failed writes too, those that are read after the reader', async () => {
  const first = await put('a');
  await lane.write(first);
  const blob = first.row.blob as string;
  const release = garbage.hold([blob]);
  await lane.write(await put('a'));
  assert.equal(garbage.hold([blob]), undefined);
  await access(blobs.path(blob));
  release?.();
  const failed = await put('a', { when: { ifMatch: ['other'] } });
  await assert.rejects(lane.write(failed), S3Error);
  await garbage.close();
  await assert.rejects(access(blobs.path(blob)), { code: 'ENOENT' });
  await assert.rejects(access(blobs.path(failed.row.blob as string)), { code: 'ENOENT' });
  const listed = await sql`SELECT 1 FROM store_garbage`.execute(opened.db);
  assert.equal(listed.rows.length, 0);
});

test('what runs alone runs between the batches, in its turn', async () => {
  const order: string[] = [];
  const release = gate();
  const first = lane.write(await put('a')).then(() => order.push('a'));
  const alone = lane.alone(async () => {
    order.push('alone');
    return { result: 1, dropped: [] };
  });
  const last = lane.write(await put('b')).then(() => order.push('b'));
  release();
  await Promise.all([first, alone, last]);
  assert.deepEqual(order, ['a', 'alone', 'b']);
});

test('what is handed in just as the lane comes to rest is not left lying', { timeout: 20_000 }, async () => {
  // It waited for the next write of somebody else: the lane had looked at its queue, and not yet said that it rests.
  const nothingToDo = () => lane.alone(async () => ({ result: 1, dropped: [] }));
  for (let ticks = 0; ticks < 12; ticks++) {
    await nothingToDo();
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    assert.equal(await nothingToDo(), 1);
  }
});
