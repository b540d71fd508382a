// The door, sweeps and runs on the real database and queue; the listing of the source is given page by page.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import type { ObjectHint } from '../domain/object-hint.ts';
import type { Pipeline, Rendition } from '../domain/pipeline.ts';
import type { ListedObject, Store } from '../domain/ports.ts';
import type { Recipe } from '../domain/recipe.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import type { Ledger } from '../ledger/schema.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import { openIntake, type Receive, receiveAlone } from './receive.ts';
import { cancelRun, carryOut, countEnded, createRun, type RunServices, readRunning } from './run.ts';
import { sweep } from './sweep.ts';

const log = { debug() {}, info() {}, warn() {}, error: console.error };
const pipeline: Pipeline = {
  name: 'p',
  source: { bucket: 'src', prefix: 'in/', match: undefined, exclude: /\.tmp$/ },
  renditions: [{ name: 'r', recipe: {} as Recipe, fingerprint: 'f1', to: { bucket: 'out', key: '{key}' } }],
  original: 'keep',
  onSourceDelete: 'delete',
  sweep: undefined,
};

let testDatabase: TestDatabase;
let database: Database<Ledger>;
let queue: Queue;
let receive: Receive;

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 8);
  await migrateUp(database.db);
  queue = await openQueue(database.pool, false, log);
  receive = openIntake([pipeline], queue.enqueue);
});
after(async () => {
  await queue.stop();
  await database.close();
  await testDatabase.drop();
});
beforeEach(() => database.pool.query('TRUNCATE original, rendition, failure, event, action, run; DELETE FROM pgboss.job'));

function hint(key: string, changes: Partial<ObjectHint> = {}): ObjectHint {
  return { bucket: 'src', key, kind: 'put', door: 'store', at: new Date(), ...changes };
}

function listing(...keys: string[]): ListedObject[] {
  return keys.map((key) => ({ key, etag: `etag-${key}`, size: 1, modifiedAt: new Date() }));
}

/** A store of which only the listing is asked; pages of two, and `between` runs before each but the first. */
function storeOf(objects: ListedObject[], between: () => unknown = () => {}): Store {
  async function* list(_bucket: string, { prefix = '', after = '' } = {}) {
    const rest = objects.filter(({ key }) => key.startsWith(prefix) && key > after);
    for (let at = 0; at < rest.length; at += 2) {
      if (at > 0) await between();
      yield rest.slice(at, at + 2);
    }
  }
  return { list } as unknown as Store;
}

async function claimed(): Promise<string[]> {
  return (await queue.claim(50)).map(({ data }) => data.key).sort();
}

/** Writes down that these are rendered under the fingerprint. */
async function settle(keys: string[], fingerprint = 'f1'): Promise<void> {
  for (const key of keys) {
    const { id } = await database.db
      .insertInto('original')
      .values({ bucket: 'src', key, etag: `etag-${key}`, state: 'done' } as never)
      .returning('id')
      .executeTakeFirstOrThrow();
    await database.pool.query(
      `INSERT INTO rendition (original_id, pipeline, name, bucket, key, source_etag, source_sha256, fingerprint, engine, etag,
         sha256, size, format, width, height, decode_ms, render_ms, total_ms)
       VALUES ($1, 'p', 'r', 'out', $2, $3, '', $4, 'e1', '', '', 1, 'png', 1, 1, 0, 0, 0)`,
      [id, key, `etag-${key}`, fingerprint],
    );
  }
}

async function differing(objects: ListedObject[], after?: string, of = pipeline): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of sweep(database.db, storeOf(objects), of, 'e1', after)) keys.push(...page.differing);
  return keys.sort();
}

test('a hint becomes an event, a pending original and a job, and hints of other objects leave no trace', async () => {
  const count = await receiveAlone(database.db, receive, [hint('in/a'), hint('elsewhere/b'), hint('in/c.tmp')]);
  assert.equal(count, 1);
  const events = await database.db.selectFrom('event').select(['key', 'kind', 'door']).execute();
  assert.deepEqual(events, [{ key: 'in/a', kind: 'put', door: 'store' }]);
  const originals = await database.db.selectFrom('original').select(['key', 'state']).execute();
  assert.deepEqual(originals, [{ key: 'in/a', state: 'pending' }]);
  assert.deepEqual(await claimed(), ['in/a']);
});

test('one hundred hints of one object are one hundred events and one job', async () => {
  await Promise.all(Array.from({ length: 100 }, () => receiveAlone(database.db, receive, [hint('in/a')])));
  assert.equal((await database.db.selectFrom('event').selectAll().execute()).length, 100);
  assert.deepEqual(await claimed(), ['in/a']);
});

test('a hint whose transaction is rolled back was never heard', async () => {
  await assert.rejects(
    database.db.transaction().execute(async (tx) => {
      await receive(tx, [hint('in/a')]);
      throw new Error('no');
    }),
  );
  assert.deepEqual(await database.db.selectFrom('event').selectAll().execute(), []);
  assert.deepEqual(await claimed(), []);
});

test('a sweep finds lost puts, lost deletes, new versions and changed recipes, and nothing else', async () => {
  await settle(['in/b', 'in/c', 'in/d', 'in/z-deleted']);
  await settle(['in/old-recipe'], 'f0');
  const objects = listing('in/b', 'in/c', 'in/d', 'in/lost', 'in/old-recipe', 'in/skip.tmp', 'other/x');
  const [, replaced] = objects;
  if (replaced) replaced.etag = 'newer';
  assert.deepEqual(await differing(objects), ['in/c', 'in/lost', 'in/old-recipe', 'in/z-deleted']);
  assert.deepEqual(await differing(listing('in/b', 'in/d'), 'in/a'), ['in/c', 'in/old-recipe', 'in/z-deleted']);
});

test('a sweep that agrees with the ledger finds nothing, and an empty source means that all are gone', async () => {
  await settle(['in/a', 'in/b', 'in/c']);
  assert.deepEqual(await differing(listing('in/a', 'in/b', 'in/c')), []);
  assert.deepEqual(await differing([]), ['in/a', 'in/b', 'in/c']);
});

test('what vanished is told page by page, however much it is', async () => {
  await database.pool.query(`
    INSERT INTO original (bucket, key, etag, state)
    SELECT 'src', 'in/' || lpad(number::text, 5, '0'), 'v', 'done' FROM generate_series(1, 5000) number`);
  const found: string[] = [];
  let largest = 0;
  const cursors = new Set<string>();
  for await (const page of sweep(database.db, storeOf(listing('in/00001', 'in/03001')), pipeline, 'e1', undefined)) {
    found.push(...page.differing);
    largest = Math.max(largest, page.differing.length);
    cursors.add(page.cursor);
  }
  assert.equal(new Set(found).size, 5000);
  assert.ok(largest <= 1002, `${largest} in one page`);
  // A sweep that is cut off before the page ends begins it again.
  assert.deepEqual([...cursors], ['', 'in/03001']);
});

test('what another pipeline has made of objects that this one leaves alone is none of its business', async () => {
  await settle(['in/a', 'in/b.tmp', 'elsewhere/c']);
  assert.deepEqual(await differing(listing('elsewhere/c', 'in/a', 'in/b.tmp')), []);
  assert.deepEqual(await differing([]), ['in/a']);
});

test('an empty page in the middle of a listing is not its end, and a key that no text holds is nobody’s original', async () => {
  await settle(['in/a', 'in/z']);
  const pages = [listing('in/a'), [], listing('in/\0'), listing('in/b\0', 'in/z')];
  const store = {
    async *list() {
      yield* pages;
    },
  } as unknown as Store;
  const found: string[] = [];
  for await (const page of sweep(database.db, store, pipeline, 'e1', undefined)) found.push(...page.differing);
  assert.deepEqual(found, []);
});

test('a copy is as it should be whatever engine renders pictures, and originals to be deleted are looked at', async () => {
  const copies: Pipeline = { ...pipeline, renditions: [{ ...(pipeline.renditions[0] as Rendition), recipe: { copy: true } }] };
  await settle(['in/a']);
  assert.deepEqual(await differing(listing('in/a'), undefined, copies), ['in/a']);
  await database.pool.query(`UPDATE rendition SET engine = 'copy'`);
  assert.deepEqual(await differing(listing('in/a'), undefined, copies), []);
  assert.deepEqual(await differing(listing('in/a'), undefined, { ...copies, original: 'delete' }), ['in/a']);
});

test('what failed for good under this recipe is left alone by sweeps', async () => {
  await receiveAlone(database.db, receive, [hint('in/bad')]);
  await database.pool.query(`
    UPDATE original SET state = 'failed', etag = 'etag-in/bad';
    INSERT INTO failure (original_id, pipeline, rendition, class, reason, attempts, source_etag, fingerprint, engine)
    SELECT id, 'p', 'r', 'corrupt', '', 1, 'etag-in/bad', 'f1', 'e1' FROM original`);
  assert.deepEqual(await differing(listing('in/bad')), []);
  await database.pool.query(`UPDATE failure SET class = 'store_unavailable'`);
  assert.deepEqual(await differing(listing('in/bad')), ['in/bad']);
});

function run(objects: ListedObject[], between: () => unknown = () => {}, changes: Partial<RunServices> = {}) {
  const services: RunServices = {
    db: database.db,
    store: storeOf(objects, between),
    engine: 'e1',
    enqueue: queue.enqueue,
    wake() {},
    hold: async () => true,
    signal: new AbortController().signal,
    log,
    ...changes,
  };
  return readRunning(database.db, 'p').then((row) => (row ? carryOut(services, pipeline, row) : undefined));
}

async function readRun(): Promise<Record<string, unknown>> {
  const { rows } = await database.pool.query('SELECT state, scanned, changed, queued, done, failed FROM run');
  return rows[0];
}

test('a run adds the differences, counts how they end, and ends when the last one has', async () => {
  const first = await createRun(database.db, 'p', 'cli', queue.enqueueRun);
  assert.deepEqual(await createRun(database.db, 'p', 'cli', queue.enqueueRun), { id: first.id, created: false });
  await run(listing('in/a', 'in/b', 'in/c'));
  assert.deepEqual(await readRun(), { state: 'running', scanned: 3, changed: 3, queued: 3, done: 0, failed: 0 });
  await countEnded(database.db, [
    { run: first.id, failed: false },
    { run: first.id, failed: true },
  ]);
  assert.equal((await readRun()).state, 'running');
  await countEnded(database.db, [{ run: first.id, failed: false }]);
  assert.deepEqual(await readRun(), { state: 'done', scanned: 3, changed: 3, queued: 3, done: 2, failed: 1 });
});

test('a run with nothing to do ends by itself', async () => {
  await settle(['in/a']);
  await createRun(database.db, 'p', 'cli', queue.enqueueRun);
  await run(listing('in/a'));
  assert.deepEqual(await readRun(), { state: 'done', scanned: 1, changed: 0, queued: 0, done: 0, failed: 0 });
});

test('a run that is cut off goes on behind the last page it recorded', async () => {
  await createRun(database.db, 'p', 'cli', queue.enqueueRun);
  const objects = listing('in/a', 'in/b', 'in/c', 'in/d', 'in/e');
  await assert.rejects(
    run(objects, () => Promise.reject(new Error('killed'))),
    /killed/,
  );
  assert.deepEqual(await readRun(), { state: 'running', scanned: 2, changed: 2, queued: 2, done: 0, failed: 0 });
  await run(objects);
  assert.deepEqual(await readRun(), { state: 'running', scanned: 5, changed: 5, queued: 5, done: 0, failed: 0 });
  assert.deepEqual(await claimed(), ['in/a', 'in/b', 'in/c', 'in/d', 'in/e']);
});

test('what an event has queued already is not queued again, and counts as changed', async () => {
  await receiveAlone(database.db, receive, [hint('in/b')]);
  await createRun(database.db, 'p', 'cli', queue.enqueueRun);
  await run(listing('in/a', 'in/b'));
  assert.deepEqual(await readRun(), { state: 'running', scanned: 2, changed: 2, queued: 1, done: 0, failed: 0 });
});

test('a stop ends a listing after the page in hand', async () => {
  const { id } = await createRun(database.db, 'p', 'cli', queue.enqueueRun);
  const stopping = new AbortController();
  const objects = listing('in/a', 'in/b', 'in/c', 'in/d', 'in/e');
  const signal = stopping.signal;
  assert.equal(await run(objects, () => stopping.abort(), { signal }), 'stopped');
  assert.equal((await readRun()).scanned, 4);
  assert.equal(await run(objects), 'listed');
  assert.equal((await readRun()).scanned, 5);
  await cancelRun(database.db, id);
});

test('a process whose run was given to another writes nothing more', async () => {
  await createRun(database.db, 'p', 'cli', queue.enqueueRun);
  let ours = true;
  const hold = async () => ours;
  const lose = () => {
    ours = false;
  };
  assert.equal(await run(listing('in/a', 'in/b', 'in/c'), lose, { hold }), 'lost');
  assert.deepEqual([(await readRun()).scanned, await claimed()], [2, ['in/a', 'in/b']]);
});

test('a cancelled run stops after the page it was reading', async () => {
  const { id } = await createRun(database.db, 'p', 'cli', queue.enqueueRun);
  await run(listing('in/a', 'in/b', 'in/c'), () => cancelRun(database.db, id));
  assert.equal((await readRun()).state, 'cancelled');
  assert.deepEqual(await claimed(), ['in/a', 'in/b']);
  await assert.rejects(cancelRun(database.db, id), { code: 'not_found' });
});
