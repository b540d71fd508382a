import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer } from '../../../test/http-server.ts';

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
  ]) {
    const answer = await redrive(body);
    assert.equal(answer.statusCode, 400, JSON.stringify(body));
    assert.equal(answer.json().code, 'invalid');
  }
});
