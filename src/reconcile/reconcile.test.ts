// Reconcile on the real database, the real object store and the real renderer; only kills and outages are staged.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { compileConfig } from '../config/load.ts';
import { Fault } from '../domain/fault.ts';
import type { ObjectJob } from '../domain/outcome.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { Imaging, ReconcileLedger, Store } from '../domain/ports.ts';
import { fingerprint } from '../imaging/fingerprint.ts';
import { openImaging } from '../imaging/imaging.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { readFacts, readOwner } from '../ledger/facts.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { openRecorder } from '../ledger/record.ts';
import type { Ledger } from '../ledger/schema.ts';
import { type LocalStore, openLocalStore } from '../localstore/local-store.ts';
import { openStore } from '../store/s3.ts';
import { reconcile } from './reconcile.ts';

const log = { debug() {}, info() {}, warn() {}, error: console.error };
const limits = { bytes: 5_000_000, pixels: 50_000_000, frames: 100, framePixels: 100_000_000, ms: 30_000 };

let testDatabase: TestDatabase;
let database: Database<Ledger>;
let folder: string;
let localStore: LocalStore;
let store: Store;
let imaging: Imaging;
let ledger: ReconcileLedger;
let pipelines: Pipeline[];
let red: Buffer;
let blue: Buffer;
/** What others were told. */
let told: string[] = [];
/** What reconcile gave back to the queue instead of completing it. */
let retried: string[] = [];

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 8);
  await migrateUp(database.db);
  folder = await mkdtemp(join(tmpdir(), 'pixmill-reconcile-'));
  localStore = await openLocalStore({
    // biome-ignore lint/suspicious/noExplicitAny: one database, of which the endpoint sees only its own tables
    db: database.db as any,
    folder,
    region: 'us-east-1',
    log,
    onChanges: async () => {},
    afterCommit: () => {},
    allowOrigin: () => false,
  });
  const credentials = await localStore.ensureKey();
  const { port } = await localStore.listen('127.0.0.1', 0);
  const endpoint = `http://127.0.0.1:${port}`;
  store = openStore({ endpoint, region: 'us-east-1', credentials });
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  for (const bucket of ['pictures', 'thumbs', 'input', 'output']) await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  imaging = await openImaging({ limits, watermarks: new Map(), log, slots: 2 });
  const record = openRecorder<ObjectJob>(
    database.db,
    async (_tx, entries) => {
      for (const { outcome } of entries) if (outcome.job === 'retry') retried.push(outcome.actions.at(-1)?.detail ?? '');
      return entries;
    },
    async (_tx, changes) => {
      told.push(...changes.map(({ kind, pipeline, rendition }) => `${kind} ${pipeline}/${rendition}`));
    },
  );
  ledger = {
    facts: (bucket, key) => readFacts(database.db, bucket, key),
    ownerOf: (bucket, key) => readOwner(database.db, bucket, key),
    record,
  };
  const colour = (background: string) =>
    sharp({ create: { width: 120, height: 80, channels: 3, background } })
      .png()
      .toBuffer();
  [red, blue] = await Promise.all([colour('#ff0000'), colour('#0000ff')]);
});
after(async () => {
  await imaging.stop();
  await localStore.close();
  await database.close();
  await testDatabase.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  retried = [];
  told = [];
  pipelines = await declare();
  await database.pool.query('TRUNCATE original, rendition, failure, event, action, store_object');
});

/** `keep` makes two renditions of each picture; `hand` makes one, and deletes the original. */
async function declare(changes: { small?: object; onSourceDelete?: string; handTo?: string } = {}): Promise<Pipeline[]> {
  const config = {
    pipelines: {
      keep: {
        source: { bucket: 'pictures' },
        onSourceDelete: changes.onSourceDelete ?? 'delete',
        renditions: {
          small: {
            recipe: changes.small ?? { resize: { width: 30 }, format: 'webp' },
            to: { bucket: 'thumbs', key: '{key}.small.webp' },
          },
          large: { recipe: { resize: { width: 60 }, format: 'jpeg' }, to: { bucket: 'thumbs', key: '{key}.large.jpg' } },
        },
      },
      hand: {
        source: { bucket: 'input' },
        original: 'delete',
        renditions: { negative: { recipe: { negate: true }, to: { bucket: 'output', key: changes.handTo ?? 'negated_{name}' } } },
      },
    },
  };
  return (await compileConfig(config, '/c', fingerprint)).pipelines;
}

async function put(bucket: string, key: string, body: Buffer): Promise<void> {
  const head = await store.head(bucket, key);
  await store.put(bucket, key, body, {
    contentType: 'image/png',
    metadata: {},
    sha256: sha256(body),
    onlyOver: head ? { etag: head.etag } : 'absent',
  });
}

async function look(
  bucket: string,
  key: string,
  changes: Partial<Parameters<typeof reconcile>[0]> = {},
  attempt = 1,
): Promise<void> {
  const services = { pipelines, store, imaging, ledger, maxBytes: limits.bytes, log, ...changes };
  await reconcile(services, { bucket, key, at: new Date(), attempt });
}

async function read(bucket: string, key: string): Promise<Buffer | undefined> {
  return (await store.get(bucket, key, { limit: 10_000_000 }))?.body as Buffer | undefined;
}

async function keys(bucket: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list(bucket)) found.push(...page.map(({ key }) => key));
  return found;
}

async function stateOf(bucket: string, key: string): Promise<string | undefined> {
  return (await ledger.facts(bucket, key)).original?.state;
}

async function failures(): Promise<{ class: string; rendition: string; reason: string }[]> {
  return database.db.selectFrom('failure').select(['class', 'rendition', 'reason']).orderBy('rendition').execute();
}

async function actions(): Promise<string[]> {
  return (await database.db.selectFrom('action').select('kind').orderBy('id').execute()).map(({ kind }) => kind);
}

async function colourOf(bytes: Buffer | undefined): Promise<string> {
  const { dominant } = await sharp(bytes).stats();
  return dominant.r > 128 && dominant.b < 128 ? 'red' : dominant.b > 128 && dominant.r < 128 ? 'blue' : JSON.stringify(dominant);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('a picture becomes its renditions, and the ledger proves what was made from what', async () => {
  await put('pictures', 'a b/ü+%.png', red);
  await look('pictures', 'a b/ü+%.png');
  const rows = await database.db.selectFrom('rendition').selectAll().orderBy('name').execute();
  assert.deepEqual(
    rows.map(({ name, key, width, height, format }) => [name, key, width, height, format]),
    [
      ['large', 'a b/ü+%.png.large.jpg', 60, 40, 'jpeg'],
      ['small', 'a b/ü+%.png.small.webp', 30, 20, 'webp'],
    ],
  );
  for (const row of rows) {
    const bytes = await read('thumbs', row.key);
    assert.ok(bytes);
    assert.equal(row.sha256, sha256(bytes));
    assert.equal(row.size, bytes.length);
    assert.equal(row.source_sha256, sha256(red));
    assert.equal(row.engine, imaging.engine);
    assert.equal(row.source_etag, (await store.head('pictures', 'a b/ü+%.png'))?.etag);
  }
  assert.equal(await stateOf('pictures', 'a b/ü+%.png'), 'done');
});

test('a second look at the same version renders nothing', async () => {
  await put('pictures', 'a.png', red);
  await look('pictures', 'a.png');
  const before = await database.db.selectFrom('rendition').selectAll().execute();
  await look('pictures', 'a.png', { imaging: { ...imaging, render: () => assert.fail('rendered again') } });
  assert.deepEqual(await database.db.selectFrom('rendition').selectAll().execute(), before);
  assert.deepEqual(await actions(), ['rendered', 'unchanged']);
});

test('an overwritten picture is rendered again over its old renditions', async () => {
  await put('pictures', 'a.png', red);
  await look('pictures', 'a.png');
  await put('pictures', 'a.png', blue);
  await look('pictures', 'a.png');
  assert.equal(await colourOf(await read('thumbs', 'a.png.small.webp')), 'blue');
  assert.equal((await database.db.selectFrom('rendition').selectAll().execute()).length, 2);
  assert.deepEqual(await actions(), ['rendered', 'replaced']);
});

test('a changed recipe makes exactly its own rendition again', async () => {
  await put('pictures', 'a.png', red);
  await look('pictures', 'a.png');
  const before = await database.db.selectFrom('rendition').selectAll().where('name', '=', 'large').execute();
  pipelines = await declare({ small: { resize: { width: 20 }, format: 'webp', grayscale: true } });
  await look('pictures', 'a.png');
  assert.deepEqual(await database.db.selectFrom('rendition').selectAll().where('name', '=', 'large').execute(), before);
  assert.equal((await sharp(await read('thumbs', 'a.png.small.webp')).metadata()).width, 20);
});

test('renditions go with their original where the pipeline says so, and stay where it does not', async () => {
  for (const [policy, left] of [
    ['delete', 0],
    ['keep', 2],
  ] as const) {
    pipelines = await declare({ onSourceDelete: policy });
    await put('pictures', 'a.png', red);
    await look('pictures', 'a.png');
    await store.delete('pictures', 'a.png');
    await look('pictures', 'a.png');
    assert.equal((await keys('thumbs')).length, left, policy);
    assert.equal((await database.db.selectFrom('rendition').selectAll().execute()).length, left);
    assert.equal(await stateOf('pictures', 'a.png'), 'gone');
  }
});

test('outputs that were written and never recorded go with their source too', async () => {
  await put('pictures', 'a.png', red);
  await put('input', 'cat.png', red);
  const killed = { ...ledger, record: () => Promise.reject(new Error('killed')) };
  for (const [bucket, key] of [
    ['pictures', 'a.png'],
    ['input', 'cat.png'],
  ] as const) {
    await assert.rejects(look(bucket, key, { ledger: killed }), /killed/);
    await store.delete(bucket, key);
  }
  assert.deepEqual([(await keys('thumbs')).length, (await keys('output')).length], [2, 1]);
  // Somebody's own object at such a key is none of ours.
  await put('thumbs', 'b.png.small.webp', blue);
  await look('pictures', 'a.png');
  await look('input', 'cat.png');
  await look('pictures', 'b.png');
  assert.deepEqual([await keys('thumbs'), await keys('output')], [['b.png.small.webp'], []]);
});

test('an object that is gone when it is looked at is no fault', async () => {
  await look('pictures', 'never.png');
  assert.deepEqual(await actions(), ['gone']);
  assert.deepEqual(retried, []);
});

test('an original that is handed in is deleted once its output is proven', async () => {
  await put('input', 'dir/cat.png', red);
  await look('input', 'dir/cat.png');
  assert.deepEqual(await keys('input'), []);
  assert.deepEqual(await keys('output'), ['negated_cat.png']);
  assert.equal(await stateOf('input', 'dir/cat.png'), 'delivered');
  // The event of our own delete.
  await look('input', 'dir/cat.png');
  assert.deepEqual(await keys('output'), ['negated_cat.png']);
  assert.equal(await stateOf('input', 'dir/cat.png'), 'delivered');
});

test('an original whose output is not in the store as recorded is kept, and its output made again', async () => {
  await put('input', 'cat.png', red);
  const lossy: Store = { ...store, delete: async () => assert.fail('deleted without proof') };
  const losing: ReconcileLedger = {
    ...ledger,
    async record(job, outcome) {
      const counted = await ledger.record(job, outcome);
      if (outcome.made.length > 0) await store.delete('output', 'negated_cat.png');
      return counted;
    },
  };
  await look('input', 'cat.png', { store: lossy, ledger: losing });
  assert.deepEqual(await keys('input'), ['cat.png']);
  assert.equal(retried.length, 1);
  await look('input', 'cat.png');
  assert.deepEqual([await keys('input'), await keys('output')], [[], ['negated_cat.png']]);
});

test('an original that is replaced while it is rendered is not deleted; the newer version is done next', async () => {
  await put('input', 'cat.png', red);
  const replacing: Store = {
    ...store,
    async put(...args) {
      const done = await store.put(...args);
      await put('input', 'cat.png', blue);
      return done;
    },
  };
  await look('input', 'cat.png', { store: replacing });
  assert.deepEqual(await keys('input'), ['cat.png']);
  await look('input', 'cat.png');
  assert.deepEqual(await keys('input'), []);
  // The negative of blue is yellow.
  const { dominant } = await sharp(await read('output', 'negated_cat.png')).stats();
  assert.ok(dominant.r > 200 && dominant.b < 60, JSON.stringify(dominant));
});

test('two originals that map to one output key: the second is refused by name and kept', async () => {
  await put('input', 'a/cat.png', red);
  await look('input', 'a/cat.png');
  await put('input', 'b/cat.png', blue);
  await look('input', 'b/cat.png');
  const [failure] = await failures();
  assert.equal(failure?.class, 'collision');
  assert.match(failure?.reason ?? '', /output\/negated_cat\.png holds the rendition of input\/a\/cat\.png/);
  assert.deepEqual(await keys('input'), ['b/cat.png']);
  assert.equal(
    await colourOf(
      await sharp(await read('output', 'negated_cat.png'))
        .negate()
        .png()
        .toBuffer(),
    ),
    'red',
  );
});

test("somebody's own object at an output key is never overwritten", async () => {
  await put('thumbs', 'a.png.small.webp', blue);
  await put('pictures', 'a.png', red);
  await look('pictures', 'a.png');
  assert.equal(sha256((await read('thumbs', 'a.png.small.webp')) as Buffer), sha256(blue));
  assert.deepEqual(
    (await failures()).map(({ class: kind, rendition }) => [kind, rendition]),
    [['collision', 'small']],
  );
  // The other rendition of the same picture does not suffer.
  assert.ok(await read('thumbs', 'a.png.large.jpg'));
});

test('others are told of each rendition once: when it is made, made anew, and gone with its original', async () => {
  await put('pictures', 'told.png', red);
  await look('pictures', 'told.png');
  await look('pictures', 'told.png');
  assert.deepEqual(told.splice(0), ['made keep/small', 'made keep/large']);
  await put('pictures', 'told.png', blue);
  await look('pictures', 'told.png');
  assert.deepEqual(told.splice(0), ['replaced keep/small', 'replaced keep/large']);
  const head = await store.head('pictures', 'told.png');
  await store.delete('pictures', 'told.png', { ifMatch: head?.etag ?? '' });
  await look('pictures', 'told.png');
  await look('pictures', 'told.png');
  assert.deepEqual(told.sort(), ['removed keep/large', 'removed keep/small']);
});

test('others are told once of a failure, though each look finds it again; and again for another version', async () => {
  await put('thumbs', 'a.png.small.webp', Buffer.from('of somebody'));
  await put('pictures', 'a.png', red);
  await look('pictures', 'a.png');
  assert.deepEqual(told.splice(0).sort(), ['failed keep/small', 'made keep/large']);
  await look('pictures', 'a.png');
  assert.deepEqual(told.splice(0), []);
  assert.equal((await actions()).filter((kind) => kind === 'failed').length, 2, 'it was tried, and failed again');
  await put('pictures', 'a.png', blue);
  await look('pictures', 'a.png');
  assert.deepEqual(told.splice(0).sort(), ['failed keep/small', 'replaced keep/large']);
});

test('an original that is handed in is told of once, and not as removed when it is deleted', async () => {
  await put('input', 'in.png', red);
  await look('input', 'in.png');
  assert.equal(await stateOf('input', 'in.png'), 'delivered');
  assert.deepEqual(told, ['made hand/negative']);
});

test('text named .jpg is given up at once with a reason, and not read again for the same bytes', async () => {
  await put('pictures', 'note.jpg', Buffer.from('<html>not a picture</html>'));
  await look('pictures', 'note.jpg');
  assert.deepEqual(
    (await failures()).map(({ class: kind, rendition }) => [kind, rendition]),
    [
      ['unsupported', 'large'],
      ['unsupported', 'small'],
    ],
  );
  assert.equal(await stateOf('pictures', 'note.jpg'), 'failed');
  await look('pictures', 'note.jpg', { store: { ...store, get: () => assert.fail('read again') } });
  assert.equal(await stateOf('pictures', 'note.jpg'), 'failed');
  await put('pictures', 'note.jpg', red);
  await look('pictures', 'note.jpg');
  assert.deepEqual(await failures(), []);
  assert.equal(await stateOf('pictures', 'note.jpg'), 'done');
});

test('a truncated picture fails without a partial output, and its original is kept', async () => {
  await put('input', 'cut.png', red.subarray(0, red.length - 20));
  await look('input', 'cut.png');
  assert.deepEqual(
    (await failures()).map(({ class: kind }) => kind),
    ['corrupt'],
  );
  assert.deepEqual([await keys('input'), await keys('output')], [['cut.png'], []]);
});

test('a file over the limit is refused by its size alone', async () => {
  await put('pictures', 'big.png', red);
  await look('pictures', 'big.png', { maxBytes: red.length - 1 });
  assert.deepEqual(
    (await failures()).map(({ class: kind }) => kind),
    ['too_large', 'too_large'],
  );
});

test('an output is never taken for a source, but a copy of it elsewhere is', async () => {
  await put('pictures', 'a.png', red);
  await look('pictures', 'a.png');
  const thumb = await store.head('thumbs', 'a.png.small.webp');
  const bytes = (await read('thumbs', 'a.png.small.webp')) as Buffer;
  const onOutputs = pipelines.map((pipeline) => ({ ...pipeline, source: { ...pipeline.source, bucket: 'thumbs' } }));
  await look('thumbs', 'a.png.small.webp', { pipelines: onOutputs });
  assert.equal((await actions()).at(-1), 'ignored');
  // Also where the ledger has forgotten it: the object says so itself.
  await database.pool.query('TRUNCATE original, rendition, failure');
  await look('thumbs', 'a.png.small.webp', { pipelines: onOutputs });
  assert.equal((await actions()).at(-1), 'ignored');
  const options = {
    contentType: 'image/webp',
    metadata: thumb?.metadata ?? {},
    sha256: sha256(bytes),
    onlyOver: 'absent' as const,
  };
  await store.put('pictures', 'copy.webp', bytes, options);
  await look('pictures', 'copy.webp');
  assert.equal((await actions()).at(-1), 'rendered');
});

test('while the store is away the job is given back, and it becomes a failure when the tries are used up', async () => {
  await put('pictures', 'a.png', red);
  const away = { ...store, get: () => Promise.reject(new Fault('store_unavailable', 'the store does not answer')) };
  await look('pictures', 'a.png', { store: away });
  assert.equal(retried.length, 1);
  assert.deepEqual(await failures(), []);
  await look('pictures', 'a.png', { store: away }, 8);
  assert.deepEqual(
    (await failures()).map(({ class: kind }) => kind),
    ['store_unavailable', 'store_unavailable'],
  );
  await look('pictures', 'a.png');
  assert.deepEqual(await failures(), []);
});

/** A store and a ledger that die at the n-th call: before it is made, or after it without its answer. */
function dyingAt(call: number, executed: boolean): { store: Store; ledger: ReconcileLedger; died: () => boolean } {
  let count = 0;
  const dying = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          const mine = count++;
          if (mine === call && executed) await method.apply(target, args);
          if (mine >= call) throw new Error('killed');
          return method.apply(target, args);
        };
      },
    });
  return { store: dying(store), ledger: dying(ledger), died: () => count > call };
}

for (const executed of [false, true]) {
  test(`killed ${executed ? 'after' : 'before'} any one step, the next try brings everything to its end`, async () => {
    for (const version of [red, blue]) {
      let steps = 0;
      for (let call = 0; ; call++) {
        await put('pictures', 'a.png', version);
        await put('input', `${call}.png`, version);
        let died = 0;
        for (const [bucket, key] of [
          ['pictures', 'a.png'],
          ['input', `${call}.png`],
        ] as const) {
          const dying = dyingAt(call, executed);
          await look(bucket, key, dying).catch(() => {});
          if (dying.died()) died++;
          // The original is there, or everything made of it is.
          if (bucket === 'input' && !(await store.head('input', key))) {
            assert.equal(
              await colourOf(
                await sharp(await read('output', `negated_${key}`))
                  .negate()
                  .png()
                  .toBuffer(),
              ),
              version === red ? 'red' : 'blue',
            );
          }
          await look(bucket, key);
        }
        assert.deepEqual(await keys('input'), [], `call ${call}`);
        assert.equal(await stateOf('input', `${call}.png`), 'delivered', `call ${call}`);
        assert.equal(await stateOf('pictures', 'a.png'), 'done', `call ${call}`);
        assert.equal(await colourOf(await read('thumbs', 'a.png.small.webp')), version === red ? 'red' : 'blue');
        assert.equal(await colourOf(await read('thumbs', 'a.png.large.jpg')), version === red ? 'red' : 'blue');
        assert.deepEqual(await failures(), []);
        if (died === 0) break;
        steps++;
        // The next round needs the other version, so that there is something to do.
        await put('pictures', 'a.png', version === red ? blue : red);
        await look('pictures', 'a.png');
      }
      assert.ok(steps >= 6, `only ${steps} steps were tried`);
    }
  });
}
