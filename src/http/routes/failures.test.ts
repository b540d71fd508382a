import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture, startTestServer } from '../../../test/http-server.ts';
import { takeFailures } from '../../ledger/failures.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

/** Two failures of pipeline "thumbnail" for each name. */
async function fail(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await server.put('pictures', key, Buffer.from(`no picture: ${key}`));
    await server.work('pictures', key);
  }
}

const list = async (query = '') => (await server.api('GET', `/failures${query}`)).json();
const redrive = (body: object) => server.api('POST', '/failures/redrive', body);

test('failures name their object, what is wrong, and what to do', async () => {
  await fail('a.png');
  const { items } = await list();
  assert.equal(items.length, 2);
  const [failure] = items;
  assert.deepEqual([failure.bucket, failure.key, failure.class], ['pictures', 'a.png', 'unsupported']);
  assert.equal((await server.api('GET', `/objects/${failure.objectId}`)).json().key, 'a.png');
});

test('failures come in pages and by class and pipeline', async () => {
  await fail('b.png', 'c.png');
  const first = await list('?limit=4');
  const second = await list(`?limit=4&cursor=${first.next}`);
  const ids = [...first.items, ...second.items].map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.toSorted((one, other) => other - one),
  );
  assert.equal(new Set(ids).size, 6);
  assert.equal(second.next, null);
  assert.equal((await list('?class=unsupported&pipeline=thumbnail')).items.length, 6);
  assert.equal((await list('?class=corrupt')).items.length, 0);
  assert.equal((await list('?pipeline=scans')).items.length, 0);
  assert.equal((await server.api('GET', '/failures?class=lost')).statusCode, 400);
});

test('a redrive takes the failures away, shows their objects as pending, and passes them on', async () => {
  const { items } = await list();
  const ids = items.filter(({ key }: { key: string }) => key === 'a.png').map(({ id }: { id: number }) => id);
  const answer = await redrive({ ids });
  assert.deepEqual(answer.json(), { redriven: 2 });
  const [object] = (await server.api('GET', '/objects?key=a.png')).json().items;
  assert.deepEqual([object.state, object.failures], ['pending', []]);
  const events = (await server.api('GET', '/events?bucket=pictures&key=a.png')).json();
  assert.deepEqual([events.items[0].door, events.items[0].kind], ['redrive', 'look']);

  await server.work('pictures', 'a.png');
  assert.equal((await list()).items.length, 6, 'the same bytes fail again');
});

test('a redrive by class or pipeline takes those alone; all takes everything', async () => {
  assert.deepEqual((await redrive({ class: 'corrupt' })).json(), { redriven: 0 });
  assert.deepEqual((await redrive({ pipeline: 'scans' })).json(), { redriven: 0 });
  assert.deepEqual((await redrive({ class: 'unsupported', pipeline: 'thumbnail', ids: [999] })).json(), { redriven: 0 });
  assert.deepEqual((await redrive({ all: true })).json(), { redriven: 6 });
  assert.deepEqual((await list()).items, []);
  assert.deepEqual((await redrive({ all: true })).json(), { redriven: 0 });
});

test('failures are listed and redriven by bucket, by what their key begins with, and by time', async () => {
  await fail('2026/a.png', '2026/b.png', '2027/a.png');
  await server.put('papers', 'in/2026.png', Buffer.from('no scan'));
  await server.work('papers', 'in/2026.png');
  const before = new Date(Date.now() - 60_000).toISOString();
  await server.services.pool.query(
    `UPDATE failure SET failed_at = now() - interval '1 hour'
     WHERE original_id = (SELECT id FROM original WHERE key = '2026/b.png')`,
  );
  const keys = async (query: string) => [...new Set((await list(query)).items.map(({ key }: { key: string }) => key))].sort();
  assert.deepEqual(await keys('?bucket=papers'), ['in/2026.png']);
  assert.deepEqual(await keys('?prefix=2026/'), ['2026/a.png', '2026/b.png']);
  assert.deepEqual(await keys(`?bucket=pictures&since=${before}`), ['2026/a.png', '2027/a.png']);
  assert.deepEqual(await keys(`?since=${encodeURIComponent('2026-01-01T00:00:00+02:00')}&prefix=2027`), ['2027/a.png']);
  assert.deepEqual((await redrive({ prefix: '2026/', since: before })).json(), { redriven: 2 });
  assert.deepEqual(await keys('?prefix=2026/'), ['2026/b.png']);
  assert.deepEqual((await redrive({ bucket: 'papers', class: 'unsupported' })).json(), { redriven: 1 });
  assert.deepEqual((await redrive({ bucket: 'pictures' })).json(), { redriven: 4 });
  assert.deepEqual((await list()).items, []);
  assert.equal((await server.api('GET', '/failures?since=yesterday')).statusCode, 400);
});

test('failures whose objects cannot be passed on stay what they are', async () => {
  await fail('kept.png');
  const { receive } = server.services;
  const away: typeof receive = () => Promise.reject(new Error('queue away'));
  await assert.rejects(
    takeFailures(server.services.db, {}, Number.MAX_SAFE_INTEGER, 10, (tx, objects) =>
      away(
        tx,
        objects.map((object) => ({ ...object, kind: 'look', door: 'redrive', at: new Date() })),
      ),
    ),
  );
  assert.equal((await list('?prefix=kept.png')).items.length, 2);
  assert.deepEqual((await redrive({ all: true })).json(), { redriven: 2 });
});

test('a good version of an object that failed clears its failures, and answers the event that told of it', async () => {
  await fail('mended.png');
  const tell = () => server.services.hint([{ bucket: 'pictures', key: 'mended.png', kind: 'put', door: 'hook', at: new Date() }]);
  await tell();
  await server.work('pictures', 'mended.png');
  await server.put('pictures', 'mended.png', await picture());
  await tell();
  await server.work('pictures', 'mended.png');
  assert.deepEqual((await list('?prefix=mended.png')).items, []);
  const { items } = (await server.api('GET', '/events?bucket=pictures&key=mended.png')).json();
  assert.deepEqual(
    items.map(({ result }: { result: string }) => result),
    ['rendered', 'unchanged'],
  );
  assert.equal((await server.api('GET', '/objects?key=mended.png')).json().items[0].state, 'done');
});

test('more failures than one transaction takes are all taken', async () => {
  const { db } = server.services;
  const { id } = await db
    .insertInto('original')
    .values({ bucket: 'pictures', key: 'many.png', state: 'failed' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const common = {
    original_id: id,
    pipeline: 'thumbnail',
    class: 'internal',
    reason: 'r',
    attempts: 1,
    fingerprint: 'f',
    engine: 'e',
  };
  const rows = Array.from({ length: 1201 }, (_, index) => ({ ...common, class: 'internal' as const, rendition: `r${index}` }));
  await db.insertInto('failure').values(rows).execute();
  assert.deepEqual((await redrive({ class: 'internal' })).json(), { redriven: 1201 });
});

test('a redrive of nothing in particular, of everything and something, or of nonsense is refused', async () => {
  for (const body of [
    {},
    { all: true, class: 'corrupt' },
    { all: false },
    { ids: [] },
    { ids: ['x'] },
    { class: 'lost' },
    { key: 'a' },
    { prefix: '' },
    { since: '2026-01-01' },
    { all: true, prefix: 'a' },
  ]) {
    const answer = await redrive(body);
    assert.equal(answer.statusCode, 400, JSON.stringify(body));
    assert.equal(answer.json().code, 'invalid');
  }
});
