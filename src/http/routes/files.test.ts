import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { picture, startTestServer } from '../../../test/http-server.ts';
import type { Store } from '../../domain/ports.ts';
import type { FileOutput, ShownFile } from '../shapes/file.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
let store: Store;
/** Outputs asked for at this moment, and the most there were. */
let asking = 0;
let most = 0;

before(async () => {
  server = await startTestServer();
  store = { ...server.services.store };
  // The routes hold the store they were given; what is counted here is what they ask of it.
  server.services.store.head = async (...args) => {
    most = Math.max(most, ++asking);
    return store.head(...args).finally(() => asking--);
  };
});
after(() => server.stop());
beforeEach(async () => {
  most = 0;
  await server.services.pool.query('TRUNCATE original, rendition, failure, event, action, store_object');
});

/** Puts pictures and makes everything of them. */
async function make(bucket: string, ...keys: string[]): Promise<void> {
  const body = await picture();
  for (const key of keys) {
    await server.put(bucket, key, body);
    await server.work(bucket, key);
  }
}

async function list(query = ''): Promise<{ items: ShownFile[]; next: string | null }> {
  const answer = await server.api('GET', `/files${query}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json();
}

async function one(query = ''): Promise<ShownFile> {
  const { items } = await list(query);
  assert.equal(items.length, 1, JSON.stringify(items));
  return items[0] as ShownFile;
}

/** `present`, `missing`, `drift` of a place. */
function standing({ present, missing, drift }: { present: boolean; missing: boolean; drift: boolean }): string {
  return Object.entries({ present, missing, drift })
    .flatMap(([name, holds]) => (holds ? [name] : []))
    .join(' ');
}

function standings({ source, outputs }: ShownFile): Record<string, string> {
  const named = outputs.map((output) => [output.name, standing(output)]);
  return { source: standing(source), ...Object.fromEntries(named) };
}

function output(file: ShownFile, name: string): FileOutput {
  const found = file.outputs.find((each) => each.name === name);
  assert.ok(found, `no output ${name}`);
  return found;
}

test('a file is shown with its original and every output: where, how large, since when, and what the ledger says', async () => {
  await make('pictures', 'a b/ü+%.png');
  const file = await one();
  assert.deepEqual([file.bucket, file.key, file.pipelines], ['pictures', 'a b/ü+%.png', ['thumbnail']]);
  assert.deepEqual(standings(file), { source: 'present', small: 'present', grey: 'present' });
  assert.deepEqual([file.missing, file.drift], [false, false]);
  const original = await store.head('pictures', file.key);
  assert.deepEqual(
    [file.source.etag, file.source.size, file.source.recorded?.state, file.source.recorded?.etag],
    [original?.etag, original?.size, 'done', original?.etag],
  );
  const small = output(file, 'small');
  const made = await store.head('thumbnails', `${file.key}.webp`);
  assert.deepEqual([small.bucket, small.key, small.etag], ['thumbnails', `${file.key}.webp`, made?.etag]);
  assert.deepEqual([small.size, small.modifiedAt], [made?.size, made?.modifiedAt.toISOString()]);
  assert.deepEqual([small.recorded?.etag, small.recorded?.size], [made?.etag, made?.size]);
});

test('what somebody took away, replaced or put there is told, each where it is', async () => {
  await make('pictures', 'deleted.png', 'replaced.png', 'source-gone.png', 'source-replaced.png');
  await store.delete('thumbnails', 'deleted.png.webp');
  await server.put('thumbnails', 'grey/replaced.png.png', Buffer.from('somebody else'));
  await store.delete('pictures', 'source-gone.png');
  await server.put('pictures', 'source-replaced.png', await picture(20));
  await server.put('pictures', 'unheard.png', await picture());
  await server.put('thumbnails', 'unheard.png.webp', await picture());
  const { items } = await list();
  assert.deepEqual(Object.fromEntries(items.map((file) => [file.key, standings(file)])), {
    'deleted.png': { source: 'present', small: 'missing drift', grey: 'present' },
    'replaced.png': { source: 'present', small: 'present', grey: 'present drift' },
    'source-gone.png': { source: 'missing drift', small: 'present', grey: 'present' },
    'source-replaced.png': { source: 'present drift', small: 'present', grey: 'present' },
    'unheard.png': { source: 'present drift', small: 'present drift', grey: 'missing' },
  });
  const keys = async (query: string) => (await list(query)).items.map(({ key }) => key);
  assert.deepEqual(await keys('?state=missing'), ['deleted.png', 'source-gone.png', 'unheard.png']);
  assert.equal((await keys('?state=drift')).length, 5);
  await server.work('pictures', 'unheard.png');
  await server.work('pictures', 'source-replaced.png');
  assert.deepEqual(await keys('?state=drift'), ['deleted.png', 'replaced.png', 'source-gone.png', 'unheard.png']);
});

test('a delivered original is shown by its outputs, and nothing of it is missing', async () => {
  await make('papers', 'in/scan.png');
  const file = await one('?bucket=papers');
  assert.equal(file.source.recorded?.state, 'delivered');
  assert.deepEqual(standings(file), { source: '', page: 'present' });
  await server.put('papers', 'in/scan.png', await picture());
  assert.equal(standings(await one('?bucket=papers')).source, 'present drift');
  await store.delete('papers', 'in/scan.png');
  await store.delete('thumbnails', 'pages/scan.jpg');
  assert.deepEqual(standings(await one('?state=missing')), { source: '', page: 'missing drift' });
});

test('an original that is gone is shown only while something that was made of it stays', async () => {
  await make('pictures', 'a.png', 'b.png');
  await store.delete('pictures', 'a.png');
  await server.work('pictures', 'a.png');
  assert.equal((await one()).key, 'b.png');
  await server.services.pool.query(`UPDATE original SET state = 'gone' WHERE key = 'b.png'`);
  await store.delete('pictures', 'b.png');
  const file = await one();
  assert.deepEqual([file.key, standings(file)], ['b.png', { source: '', small: 'present', grey: 'present' }]);
});

test('what failed is missing, and no drift; a rendition that is not declared any more is shown as such', async () => {
  await server.put('pictures', 'bad.png', Buffer.from('no picture'));
  await server.work('pictures', 'bad.png');
  assert.deepEqual(standings(await one()), { source: 'present', small: 'missing', grey: 'missing' });
  await make('pictures', 'old.png');
  await server.services.pool.query(`UPDATE rendition SET name = 'former' WHERE name = 'grey'`);
  const file = await one('?q=OLD');
  assert.deepEqual([output(file, 'former').declared, standing(output(file, 'former'))], [false, 'present']);
  // The one that is declared has the same place.
  assert.equal(standing(output(file, 'grey')), 'present drift');
});

test('an output that lies in a source is nobody’s original', async () => {
  await make('pictures', 'a.png');
  await server.services.pool.query(`UPDATE rendition SET bucket = 'pictures', key = 'b.png' WHERE name = 'small'`);
  await server.put('pictures', 'b.png', await picture());
  assert.equal((await one()).key, 'a.png');
});

test('pages follow each other in the order of buckets and keys, whoever knows a name', async () => {
  const keys = ['B', 'a', 'a/1', 'a0', 'z', '\u{ffff}', '\u{10000}', '\u{1f600}', 'é'].map((key) => `${key}.png`);
  for (const [index, key] of keys.entries()) {
    if (index % 3 !== 0) await server.put('pictures', key, await picture());
    if (index % 3 !== 1) {
      await server.services.db.insertInto('original').values({ bucket: 'pictures', key, state: 'done', etag: 'e' }).execute();
    }
  }
  await server.put('papers', 'in/x.png', await picture());
  await server.put('papers', 'in/draft-x.png', await picture());
  await server.put('papers', 'out/x.png', await picture());
  const names: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await list(`?limit=2${cursor && `&cursor=${cursor}`}`);
    assert.ok(page.items.length <= 2);
    names.push(...page.items.map(({ bucket, key }) => `${bucket}/${key}`));
    cursor = page.next;
  }
  const inOrder = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual(names, ['papers/in/x.png', ...inOrder.map((key) => `pictures/${key}`)]);
  assert.deepEqual(
    (await list('?pipeline=scans')).items.map(({ key }) => key),
    ['in/x.png'],
  );
});

test('no more than sixteen outputs are asked for at once', async () => {
  for (let index = 0; index < 30; index++) await server.put('pictures', `${index}.png`, await picture());
  assert.equal((await list()).items.length, 30);
  assert.equal(most, 16);
});

test('a bucket that is not there makes what the ledger knows of missing', async () => {
  await make('pictures', 'a.png');
  server.services.store.list = (_bucket, options) => store.list('no-such-bucket', options);
  try {
    assert.deepEqual(standings(await one()), { source: 'missing drift', small: 'present', grey: 'present' });
  } finally {
    server.services.store.list = store.list;
  }
});

test('questions that make no sense are refused', async () => {
  for (const query of ['?limit=51', '?limit=0', '?state=here', '?cursor=bm9uYW1l', '?cursor=Yi8A', '?q=']) {
    assert.equal((await server.api('GET', `/files${query}`)).statusCode, 400, query);
  }
  assert.equal((await server.api('GET', '/files?pipeline=nobody')).statusCode, 404);
  assert.deepEqual(await list('?bucket=thumbnails'), { items: [], next: null });
});
