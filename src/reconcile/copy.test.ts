// Copies on the real database and the real object store; only kills, outages and other stores' habits are staged.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, beforeEach, test } from 'node:test';
import { picture, startTestServer } from '../../test/http-server.ts';
import { compileConfig } from '../config/load.ts';
import { Fault } from '../domain/fault.ts';
import type { ObjectJob } from '../domain/outcome.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { Imaging, ReconcileLedger, Store } from '../domain/ports.ts';
import { fingerprint } from '../imaging/fingerprint.ts';
import { readFacts, readOwner } from '../ledger/facts.ts';
import { openRecorder } from '../ledger/record.ts';
import { reconcile } from './reconcile.ts';

const log = { debug() {}, info() {}, warn() {}, error: console.error };
const LIMIT = 200_000;

let server: Awaited<ReturnType<typeof startTestServer>>;
let store: Store;
let imaging: Imaging;
let ledger: ReconcileLedger;
let pipelines: Pipeline[];
let red: Buffer;
let blue: Buffer;
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
  [red, blue] = await Promise.all([picture(120, 80, '#ff0000'), picture(120, 80, '#0000ff')]);
});
after(() => server.stop());
beforeEach(async () => {
  retried = [];
  pipelines = await declare();
  await server.services.pool.query('TRUNCATE original, rendition, failure, event, action, store_object');
});

/** `move` passes files on and deletes the originals; `keep` makes a thumbnail beside the copy. */
async function declare(changes: { moveTo?: string; keep?: object } = {}): Promise<Pipeline[]> {
  const config = {
    pipelines: {
      move: {
        source: { bucket: 'papers' },
        original: 'delete',
        renditions: { file: { recipe: { copy: true }, to: { bucket: 'thumbnails', key: changes.moveTo ?? '{key}' } } },
      },
      keep: {
        source: { bucket: 'pictures' },
        ...changes.keep,
        renditions: {
          file: { recipe: { copy: true }, to: { bucket: 'thumbnails', key: 'files/{key}' } },
          small: { recipe: { resize: { width: 30 }, format: 'webp' }, to: { bucket: 'thumbnails', key: 'small/{key}.webp' } },
        },
      },
    },
  };
  return (await compileConfig(config, '/c', fingerprint)).pipelines;
}

async function put(bucket: string, key: string, body: Buffer, about: { contentType?: string; metadata?: object } = {}) {
  const head = await store.head(bucket, key);
  await store.put(bucket, key, body, {
    contentType: about.contentType ?? 'application/pdf',
    metadata: { ...about.metadata },
    sha256: sha256(body),
    onlyOver: head ? { etag: head.etag } : 'absent',
  });
}

async function look(bucket: string, key: string, changes: Partial<Parameters<typeof reconcile>[0]> = {}, attempt = 1) {
  const services = { pipelines, store, imaging, ledger, maxBytes: LIMIT, log, ...changes };
  await reconcile(services, { bucket, key, at: new Date(), attempt });
}

async function read(key: string): Promise<Buffer | undefined> {
  return (await store.get('thumbnails', key, { limit: 100_000_000 }))?.body as Buffer | undefined;
}

async function keys(bucket: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list(bucket)) found.push(...page.map(({ key }) => key));
  return found;
}

async function stateOf(bucket: string, key: string): Promise<string | undefined> {
  return (await ledger.facts(bucket, key)).original?.state;
}

function renditions() {
  return server.services.db.selectFrom('rendition').selectAll().orderBy('name').execute();
}

async function failures(): Promise<string[]> {
  const rows = await server.services.db.selectFrom('failure').select(['class', 'rendition']).orderBy('rendition').execute();
  return rows.map(({ class: kind, rendition }) => `${rendition} ${kind}`);
}

async function actions(): Promise<string[]> {
  const rows = await server.services.db.selectFrom('action').select('kind').orderBy('id').execute();
  return rows.map(({ kind }) => kind);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('any file arrives byte for byte, and the ledger proves that what went in is what came out', async () => {
  const bytes = randomBytes(70_000);
  await put('papers', 'a b/ü+%?&#.pdf', bytes);
  await look('papers', 'a b/ü+%?&#.pdf');
  assert.deepEqual(await read('a b/ü+%?&#.pdf'), bytes);
  const [row] = await renditions();
  assert.ok(row);
  assert.deepEqual([row.sha256, row.source_sha256, row.size], [sha256(bytes), sha256(bytes), bytes.length]);
  assert.deepEqual([row.format, row.width, row.height, row.engine], ['copy', null, null, 'copy']);
  assert.equal(row.etag, (await store.head('thumbnails', 'a b/ü+%?&#.pdf'))?.etag);
});

test('a file of no bytes is moved like any other', async () => {
  await put('papers', 'empty', Buffer.alloc(0));
  await look('papers', 'empty');
  assert.deepEqual(await keys('papers'), []);
  assert.deepEqual(await keys('thumbnails'), ['empty']);
});

test('a copy keeps its type and what its owner said of it, as far as there is room beside ours', async () => {
  const metadata = { camera: 'X', 'pixmill-source': 'of another', zeta: 'z'.repeat(1900) };
  await put('papers', 'a.svg', Buffer.from('<svg/>'), { contentType: 'image/svg+xml', metadata });
  await look('papers', 'a.svg');
  const head = await store.head('thumbnails', 'a.svg');
  assert.equal(head?.contentType, 'image/svg+xml');
  assert.equal(head?.metadata.camera, 'X');
  assert.notEqual(head?.metadata['pixmill-source'], 'of another');
  // 1,900 bytes and ours are more than S3's 2,048.
  assert.equal(head?.metadata.zeta, undefined);
});

test('a second look copies nothing, and neither does another engine for pictures', async () => {
  await put('pictures', 'a.png', red);
  await look('pictures', 'a.png');
  const [file] = await renditions();
  assert.equal(file?.format, 'png');
  const still = { ...store, copy: () => assert.fail('copied again'), stream: () => assert.fail('read again') };
  await look('pictures', 'a.png', { store: still });
  await look('pictures', 'a.png', { store: still, imaging: { ...imaging, engine: 'another' } });
  const [again, small] = await renditions();
  assert.deepEqual(again, file);
  assert.equal(small?.engine, 'another');
});

test('an overwritten file is copied again over its copy', async () => {
  pipelines = (await declare()).map((pipeline) => ({ ...pipeline, original: 'keep' }));
  for (const bytes of [Buffer.from('one'), Buffer.from('two')]) {
    await put('papers', 'a', bytes);
    await look('papers', 'a');
    assert.deepEqual(await read('a'), bytes);
  }
  assert.deepEqual(await actions(), ['rendered', 'replaced']);
  assert.equal((await renditions()).length, 1);
});

test('of a picture that is none the copy is made, and the rest fails', async () => {
  pipelines = await declare({ keep: { original: 'delete' } });
  await put('pictures', 'a.jpg', Buffer.from('<html>not a picture</html>'));
  await look('pictures', 'a.jpg');
  assert.equal((await read('files/a.jpg'))?.toString(), '<html>not a picture</html>');
  assert.deepEqual(await failures(), ['small unsupported']);
  assert.equal(await stateOf('pictures', 'a.jpg'), 'failed');
  // Not everything that is declared is there, so the original stays; and the next look does nothing.
  assert.deepEqual(await keys('pictures'), ['a.jpg']);
  await look('pictures', 'a.jpg', { store: { ...store, copy: () => assert.fail('copied again') } });
  assert.equal(await stateOf('pictures', 'a.jpg'), 'failed');
  await put('pictures', 'a.jpg', red);
  await look('pictures', 'a.jpg');
  assert.deepEqual(await failures(), []);
  assert.equal(await stateOf('pictures', 'a.jpg'), 'delivered');
});

test('while the renderer is away the copy is recorded, and is not made again with the picture', async () => {
  await put('pictures', 'a.png', red);
  const away = { ...imaging, render: () => Promise.reject(new Fault('timeout', 'it took too long')) };
  await look('pictures', 'a.png', { imaging: away });
  assert.equal(retried.length, 1);
  assert.deepEqual([(await renditions()).length, await stateOf('pictures', 'a.png')], [1, 'pending']);
  await look('pictures', 'a.png', { store: { ...store, copy: () => assert.fail('copied again') } }, 2);
  assert.deepEqual([(await renditions()).length, await stateOf('pictures', 'a.png')], [2, 'done']);
});

test('the limit for pictures is none for copies', async () => {
  const bytes = randomBytes(LIMIT + 1);
  await put('papers', 'large', bytes);
  await put('pictures', 'large', bytes);
  await look('papers', 'large');
  await look('pictures', 'large');
  assert.deepEqual(await keys('thumbnails'), ['files/large', 'large']);
  assert.deepEqual(await failures(), ['small too_large']);
});

test('what no store copies in one request is refused by its size, unread', async () => {
  await put('papers', 'huge', red);
  const size = 5 * 1024 ** 3 + 1;
  const vast: Store = {
    ...store,
    stream: async (...args) => {
      const stream = await store.stream(...args);
      const body = Readable.from(
        (async function* () {
          yield assert.fail('read');
        })(),
      );
      return stream && { ...stream, head: { ...stream.head, size }, body };
    },
  };
  await look('papers', 'huge', { store: vast });
  assert.deepEqual(await failures(), ['file too_large']);
  assert.deepEqual(await keys('papers'), ['huge']);
});

/** A store that heeds no condition on the target of a copy, as many do not. */
function heedless(): Store {
  return {
    ...store,
    copy: async (from, to, options) => {
      const head = await store.head(to.bucket, to.key);
      return store.copy(from, to, { ...options, onlyOver: head ? { etag: head.etag } : 'absent' });
    },
  };
}

for (const [kind, choose] of [
  ['heeds', () => store],
  ['ignores', heedless],
] as const) {
  test(`on a store that ${kind} conditions, a copy never lands on another original's or on somebody's own object`, async () => {
    pipelines = await declare({ moveTo: '{name}' });
    await put('papers', 'a/x', Buffer.from('first'));
    await put('papers', 'b/x', Buffer.from('second'));
    await look('papers', 'a/x', { store: choose() });
    await look('papers', 'b/x', { store: choose() });
    await put('thumbnails', 'y', Buffer.from('mine'));
    await put('papers', 'y', Buffer.from('third'));
    await look('papers', 'y', { store: choose() });
    assert.deepEqual([(await read('x'))?.toString(), (await read('y'))?.toString()], ['first', 'mine']);
    assert.deepEqual(await failures(), ['file collision', 'file collision']);
    assert.deepEqual(await keys('papers'), ['b/x', 'y']);
  });
}

test('a file that is replaced while it is copied is not deleted; the newer version is moved next', async () => {
  await put('papers', 'a', Buffer.from('one'));
  let replaced = false;
  const replacing: Store = {
    ...store,
    async copy(...args) {
      if (!replaced) await put('papers', 'a', Buffer.from('two'));
      replaced = true;
      return store.copy(...args);
    },
  };
  await look('papers', 'a', { store: replacing });
  assert.deepEqual([retried.length, await keys('papers'), await keys('thumbnails')], [1, ['a'], []]);
  await look('papers', 'a', { store: replacing }, 2);
  assert.deepEqual([await keys('papers'), (await read('a'))?.toString()], [[], 'two']);
});

test('a file that goes while it is copied is no fault', async () => {
  await put('papers', 'a', red);
  const losing: Store = {
    ...store,
    async stream(...args) {
      await store.delete('papers', 'a');
      return store.stream(...args);
    },
  };
  await look('papers', 'a', { store: losing });
  assert.deepEqual(await actions(), ['gone']);
  assert.deepEqual([retried, await failures()], [[], []]);
});

test('a copy that has other bytes is not recorded, and its original stays', async () => {
  await put('papers', 'a', Buffer.from('one'));
  const garbling: Store = {
    ...store,
    async copy(from, to, options) {
      await store.copy(from, to, options);
      const there = await store.head(to.bucket, to.key);
      const bytes = Buffer.from('0ne');
      const { etag } = await store.put(to.bucket, to.key, bytes, {
        contentType: 'text/plain',
        metadata: options.metadata,
        sha256: sha256(bytes),
        onlyOver: { etag: there?.etag ?? '' },
      });
      return { etag, sha256: undefined };
    },
  };
  await look('papers', 'a', { store: garbling });
  assert.match(retried[0] ?? '', /thumbnails\/a has other bytes than papers\/a/);
  assert.deepEqual([await renditions(), await keys('papers')], [[], ['a']]);
  await look('papers', 'a', {}, 2);
  assert.deepEqual([await keys('papers'), (await read('a'))?.toString()], [[], 'one']);
});

test('where the store tells nothing of its bytes, the copy is read again', async () => {
  const bytes = randomBytes(100_000);
  await put('papers', 'a', bytes);
  const reads: string[] = [];
  // As with objects in several parts: the ETag is no MD5.
  const strange = (etag: string) => `${etag}-2`;
  const opaque: Store = {
    ...store,
    async head(...args) {
      const head = await store.head(...args);
      return head && { ...head, etag: strange(head.etag) };
    },
    async stream(bucket, key, options = {}) {
      reads.push(`${bucket}/${key}`);
      return store.stream(bucket, key, { ifMatch: options.ifMatch?.replace(/-2$/, '') ?? '' });
    },
    async copy(from, to, options) {
      const copied = await store.copy({ ...from, etag: from.etag.replace(/-2$/, '') }, to, options);
      return copied && { etag: strange(copied.etag), sha256: undefined };
    },
    delete: (bucket, key, options) => store.delete(bucket, key, { ifMatch: options?.ifMatch?.replace(/-2$/, '') ?? '' }),
  };
  await look('papers', 'a', { store: opaque });
  assert.deepEqual(reads, ['papers/a', 'thumbnails/a']);
  assert.deepEqual([await keys('papers'), await read('a')], [[], bytes]);
});

test('a copy goes with its original where the pipeline says so, recorded or not', async () => {
  await put('pictures', 'a', red);
  await look('pictures', 'a');
  await put('pictures', 'b', red);
  await look('pictures', 'b', { ledger: { ...ledger, record: () => Promise.reject(new Error('killed')) } }).catch(() => {});
  for (const key of ['a', 'b']) {
    await store.delete('pictures', key);
    await look('pictures', key);
  }
  assert.deepEqual(await keys('thumbnails'), []);
});

test('a copy is never taken for a source, whether the ledger knows it or not', async () => {
  await put('papers', 'a', Buffer.from('one'));
  await look('papers', 'a');
  const back = pipelines.map((pipeline) => ({ ...pipeline, source: { ...pipeline.source, bucket: 'thumbnails' } }));
  await look('thumbnails', 'a', { pipelines: back });
  assert.equal((await actions()).at(-1), 'ignored');
  await server.services.pool.query('TRUNCATE original, rendition, failure');
  await look('thumbnails', 'a', { pipelines: back });
  assert.equal((await actions()).at(-1), 'ignored');
  assert.deepEqual(await keys('thumbnails'), ['a']);
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
  test(`killed ${executed ? 'after' : 'before'} any one step, the next try brings every copy to its end`, async () => {
    let steps = 0;
    for (let call = 0; ; call++) {
      const version = call % 2 === 0 ? red : blue;
      const moved = `${call}.png`;
      await put('papers', moved, version);
      await put('pictures', 'a.png', version);
      let died = 0;
      for (const [bucket, key] of [
        ['papers', moved],
        ['pictures', 'a.png'],
      ] as const) {
        const dying = dyingAt(call, executed);
        await look(bucket, key, dying).catch(() => {});
        if (dying.died()) died++;
        // The original is there, or its copy is.
        if (bucket === 'papers' && !(await store.head('papers', key))) assert.deepEqual(await read(key), version);
        await look(bucket, key);
      }
      assert.deepEqual(await keys('papers'), [], `call ${call}`);
      assert.equal(await stateOf('papers', moved), 'delivered', `call ${call}`);
      assert.equal(await stateOf('pictures', 'a.png'), 'done', `call ${call}`);
      assert.deepEqual([await read(moved), await read('files/a.png')], [version, version]);
      assert.deepEqual(await failures(), []);
      if (died === 0) break;
      steps++;
    }
    assert.ok(steps >= 8, `only ${steps} steps were tried`);
  });
}
