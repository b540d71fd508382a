// The world moves while an object is worked on: the real database, store and renderer, and somebody who is faster or in the way.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import sharp from 'sharp';
import { picture, startTestServer } from '../../test/http-server.ts';
import { Fault } from '../domain/fault.ts';
import type { ObjectJob } from '../domain/outcome.ts';
import type { Imaging, ReconcileLedger, Store } from '../domain/ports.ts';
import { readFacts, readOwner } from '../ledger/facts.ts';
import { openRecorder } from '../ledger/record.ts';
import { reconcile, TRIES } from './reconcile.ts';

const log = { debug() {}, info() {}, warn() {}, error: console.error };

let server: Awaited<ReturnType<typeof startTestServer>>;
let store: Store;
let imaging: Imaging;
let ledger: ReconcileLedger;
/** What reconcile gave back to the queue instead of completing it. */
let retried: string[] = [];

before(async () => {
  server = await startTestServer();
  ({ store, imaging } = server.services);
  const { db } = server.services;
  const record = openRecorder<ObjectJob>(db, async (_tx, entries) => {
    for (const { outcome } of entries) if (outcome.job === 'retry') retried.push(outcome.actions.at(-1)?.detail ?? '');
    return entries;
  });
  ledger = { facts: (bucket, key) => readFacts(db, bucket, key), ownerOf: (bucket, key) => readOwner(db, bucket, key), record };
});
after(() => server.stop());
beforeEach(async () => {
  retried = [];
  await server.services.pool.query('TRUNCATE original, rendition, failure, event, action, store_object');
});

/** `pictures` keeps its originals; `papers` deletes them once a page is made of each. */
async function look(bucket: string, key: string, changes: { store?: Store; imaging?: Imaging } = {}, attempt = 1): Promise<void> {
  const { pipelines, limits } = server.services.config;
  const services = { pipelines, store, imaging, ledger, maxBytes: limits.bytes, log, ...changes };
  await reconcile(services, { bucket, key, at: new Date(), attempt });
}

async function put(bucket: string, key: string, colour: string): Promise<void> {
  await server.put(bucket, key, await picture(16, 12, colour));
}

async function isThere(bucket: string, key: string): Promise<boolean> {
  return (await store.head(bucket, key)) !== undefined;
}

/** Which of red and blue there is more of in an output. */
async function colourOf(key: string): Promise<string> {
  const stored = await store.get('thumbnails', key, { limit: 100_000 });
  const [red, , blue] = (await sharp(stored?.body as Buffer).stats()).channels;
  return (red?.mean ?? 0) > (blue?.mean ?? 0) ? 'red' : 'blue';
}

/** A renderer that does something else first. */
function slowed(meanwhile: () => Promise<void>): Imaging {
  return {
    ...imaging,
    async render(...args) {
      const rendered = await imaging.render(...args);
      await meanwhile();
      return rendered;
    },
  };
}

for (const known of [false, true]) {
  const which = known ? 'a picture that is replaced' : 'a new picture';
  test(`of ${which} a slow look at the old version does not overwrite what was made of the newer one`, async () => {
    if (known) {
      await put('pictures', 'a.png', '#00ff00');
      await look('pictures', 'a.png');
    }
    await put('pictures', 'a.png', '#ff0000');
    const overtaken = slowed(async () => {
      await put('pictures', 'a.png', '#0000ff');
      await look('pictures', 'a.png');
    });
    await look('pictures', 'a.png', { imaging: overtaken });
    assert.equal(await colourOf('a.png.webp'), 'blue');
    assert.match(retried.join(), /pictures\/a\.png was replaced while it was rendered/);
    const { renditions } = await ledger.facts('pictures', 'a.png');
    const newest = await store.head('pictures', 'a.png');
    assert.deepEqual(
      renditions.map(({ sourceEtag }) => sourceEtag),
      [newest?.etag, newest?.etag],
    );
    // The try that was given back finds everything there.
    await look('pictures', 'a.png', { imaging: slowed(() => assert.fail('rendered again')) });
    assert.equal(await colourOf('a.png.webp'), 'blue');
  });
}

test('a picture that is replaced between the look at it and the reading of it is looked at again', async () => {
  await put('pictures', 'a.png', '#ff0000');
  await look('pictures', 'a.png');
  await put('pictures', 'a.png', '#00ff00');
  let replaced = false;
  const replacing: Store = {
    ...store,
    async get(...args) {
      if (!replaced) await put('pictures', 'a.png', '#0000ff');
      replaced = true;
      return store.get(...args);
    },
  };
  await look('pictures', 'a.png', { store: replacing });
  assert.match(retried.join(), /pictures\/a\.png: it is not the version that was expected/);
  assert.equal(await colourOf('a.png.webp'), 'red', 'nothing was made of what was not asked for');
  await look('pictures', 'a.png', {}, 2);
  assert.equal(await colourOf('a.png.webp'), 'blue');
});

test('while outputs cannot be written the original stays, and its failure says why', async () => {
  await put('papers', 'in/a.png', '#ff0000');
  const refusing: Store = {
    ...store,
    put: () => Promise.reject(new Fault('store_unavailable', 'thumbnails/pages/a.jpg: the store does not answer (500)')),
  };
  const tries = TRIES.store_unavailable ?? 0;
  for (let attempt = 1; attempt <= tries; attempt++) await look('papers', 'in/a.png', { store: refusing }, attempt);
  assert.equal(retried.length, tries - 1);
  assert.equal(await isThere('papers', 'in/a.png'), true);
  const [failure] = await server.services.db.selectFrom('failure').selectAll().execute();
  assert.deepEqual([failure?.class, failure?.attempts], ['store_unavailable', tries]);
  // The next event of it finds the store well again.
  await look('papers', 'in/a.png');
  assert.equal(await isThere('papers', 'in/a.png'), false);
  assert.deepEqual(await server.services.db.selectFrom('failure').selectAll().execute(), []);
});

test('an original whose output lies there with another ETag is not deleted', async () => {
  await put('papers', 'in/a.png', '#ff0000');
  const other = await picture(16, 12, '#00ff00');
  const overwriting: ReconcileLedger = {
    ...ledger,
    async record(job, outcome) {
      const counted = await ledger.record(job, outcome);
      if (outcome.made.length > 0) await server.put('thumbnails', 'pages/a.jpg', other);
      return counted;
    },
  };
  const { pipelines, limits } = server.services.config;
  const services = { pipelines, store, imaging, ledger: overwriting, maxBytes: limits.bytes, log };
  await reconcile(services, { bucket: 'papers', key: 'in/a.png', at: new Date(), attempt: 1 });
  assert.equal(await isThere('papers', 'in/a.png'), true);
  assert.match(retried.join(), /an output was not there as recorded; the original stays/);
  // What somebody put there is not overwritten either: the original stays until somebody decides.
  await look('papers', 'in/a.png', {}, 2);
  assert.equal(await isThere('papers', 'in/a.png'), true);
  const [failure] = await server.services.db.selectFrom('failure').selectAll().execute();
  assert.equal(failure?.class, 'collision');
  const stored = await store.get('thumbnails', 'pages/a.jpg', { limit: 100_000 });
  assert.equal(sha256(stored?.body as Buffer), sha256(other));
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
