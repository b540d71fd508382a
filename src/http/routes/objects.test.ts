import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture, startTestServer } from '../../../test/http-server.ts';
import type { StoredObject } from '../shapes/picture.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
  for (const key of ['one.png', 'two 100%.png', 'broken.png']) {
    await server.put('pictures', key, key === 'broken.png' ? Buffer.from('no picture') : await picture());
    await server.work('pictures', key);
  }
});
after(() => server.stop());

async function list(query = ''): Promise<{ items: StoredObject[]; next: string | null }> {
  const answer = await server.api('GET', `/objects${query}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json();
}

async function named(key: string): Promise<StoredObject> {
  const [object] = (await list(`?key=${encodeURIComponent(key)}`)).items;
  assert.ok(object, `no object ${key}`);
  return object;
}

test('an object comes with what it is, what was made of it, and what its pipelines declare', async () => {
  const object = await named('one.png');
  assert.equal(object.state, 'done');
  assert.deepEqual([object.format, object.width, object.height], ['png', 16, 12]);
  assert.match(object.sha256 ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual(
    object.renditions.map(({ name, bucket, key, format, width }) => ({ name, bucket, key, format, width })),
    [
      { name: 'grey', bucket: 'thumbnails', key: 'grey/one.png.png', format: 'png', width: 16 },
      { name: 'small', bucket: 'thumbnails', key: 'one.png.webp', format: 'webp', width: 8 },
    ],
  );
  assert.deepEqual(object.expected, [
    { pipeline: 'thumbnail', rendition: 'small' },
    { pipeline: 'thumbnail', rendition: 'grey' },
  ]);
  assert.deepEqual(object.failures, []);
  assert.match(object.renditions[0]?.madeAt ?? '', /^\d{4}-\d\d-\d\dT.*Z$/);
});

test('a picture that cannot be read comes with its failures and what to do about them', async () => {
  const object = await named('broken.png');
  assert.equal(object.state, 'failed');
  assert.deepEqual(
    object.failures.map((failure) => [failure.rendition, failure.class]),
    [
      ['grey', 'unsupported'],
      ['small', 'unsupported'],
    ],
  );
  assert.equal(object.expected.length, 2);
});

test('pages follow each other, newest first, without a gap or a repetition', async () => {
  const keys: string[] = [];
  let cursor = '';
  do {
    const page = await list(`?limit=1${cursor && `&cursor=${cursor}`}`);
    assert.equal(page.items.length, 1);
    keys.push(...page.items.map(({ key }) => key));
    cursor = page.next ?? '';
  } while (cursor);
  const whole = await list();
  assert.deepEqual(
    keys,
    whole.items.map(({ key }) => key),
  );
  const times = whole.items.map(({ modifiedAt }) => modifiedAt);
  assert.deepEqual(times, times.toSorted().reverse());
});

test('filters narrow the list: state, bucket, part of the key, pipeline', async () => {
  const keys = async (query: string) => (await list(query)).items.map(({ key }) => key);
  assert.deepEqual(await keys('?state=failed'), ['broken.png']);
  assert.deepEqual(await keys('?bucket=papers'), []);
  assert.deepEqual(await keys('?q=ONE'), ['one.png']);
  assert.deepEqual(await keys('?q=100%25'), ['two 100%.png'], 'a percent sign stands for itself');
  assert.deepEqual(await keys('?q=_'), [], 'and so does an underscore');
  assert.equal((await keys('?pipeline=thumbnail')).length, 3);
  assert.deepEqual(await keys('?pipeline=scans'), []);
});

test('questions that make no sense are 400 and name the field', async () => {
  for (const [query, field] of [
    ['?limit=0', 'query.limit'],
    ['?limit=abc', 'query.limit'],
    ['?limit=201', 'query.limit'],
    ['?state=lost', 'query.state'],
    ['?key=a%00b', 'query.key'],
    [`?key=${'k'.repeat(1025)}`, 'query.key'],
  ]) {
    const answer = await server.api('GET', `/objects${query}`);
    assert.equal(answer.statusCode, 400, query);
    assert.equal(answer.json().faults[0].field, field);
  }
  for (const cursor of ['nonsense', Buffer.from('1').toString('base64url'), Buffer.from('1.x').toString('base64url')]) {
    const answer = await server.api('GET', `/objects?cursor=${cursor}`);
    assert.equal(answer.statusCode, 400);
    assert.equal(answer.json().code, 'invalid');
  }
  const unknown = await server.api('GET', '/objects?pipeline=nope');
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.json().mend, 'there are: thumbnail, scans');
});

test('one object by its id; an id nobody has is 404, and what is no id is 400', async () => {
  const { id } = await named('one.png');
  assert.equal((await server.api('GET', `/objects/${id}`)).json().key, 'one.png');
  assert.equal((await server.api('GET', '/objects/999999999')).statusCode, 404);
  assert.equal((await server.api('GET', `/objects/${2 ** 53}`)).statusCode, 400);
  assert.equal((await server.api('GET', '/objects/abc')).statusCode, 400);
  assert.equal((await server.api('GET', '/objects/-1')).statusCode, 400);
});

test('deleting an object deletes it in the store and passes the word on', async () => {
  await server.put('pictures', 'doomed.png', await picture());
  await server.work('pictures', 'doomed.png');
  const { id } = await named('doomed.png');
  assert.equal((await server.api('DELETE', `/objects/${id}`)).statusCode, 204);
  assert.equal(await server.services.store.head('pictures', 'doomed.png'), undefined);
  const events = (await server.api('GET', '/events?bucket=pictures&key=doomed.png')).json();
  assert.equal(events.items[0].kind, 'delete');

  await server.work('pictures', 'doomed.png');
  assert.equal((await server.api('GET', `/objects/${id}`)).json().state, 'gone');
  assert.ok(!(await list()).items.some(({ key }) => key === 'doomed.png'), 'what is gone is left out');
  assert.equal((await list('?state=gone')).items[0]?.key, 'doomed.png', 'unless it is asked for');
});

test('an object that was replaced since the ledger looked at it is not deleted', async () => {
  await server.put('pictures', 'replaced.png', await picture(10, 10));
  await server.work('pictures', 'replaced.png');
  const { id } = await named('replaced.png');
  await server.put('pictures', 'replaced.png', await picture(11, 11));
  const answer = await server.api('DELETE', `/objects/${id}`);
  assert.equal(answer.statusCode, 409);
  assert.equal(answer.json().code, 'changed');
  assert.ok(await server.services.store.head('pictures', 'replaced.png'));
});

test('the story of an object is told in order: heard, done, made, failed', async () => {
  await server.services.hint([{ bucket: 'pictures', key: 'told.png', kind: 'put', door: 'hook', at: new Date(), size: 5 }]);
  await server.put('pictures', 'told.png', await picture());
  await server.work('pictures', 'told.png');
  const answer = await server.api('GET', '/history?bucket=pictures&key=told.png');
  assert.equal(answer.statusCode, 200, answer.body);
  const { object, story, pipelines } = answer.json();
  assert.equal(object.state, 'done');
  assert.deepEqual(story.map(({ what }: { what: string }) => what).toSorted(), ['action', 'event', 'rendition', 'rendition']);
  assert.equal(story[0].what, 'event');
  assert.equal(story[0].detail, 'hook said: put, 5 bytes');
  assert.deepEqual(pipelines, [
    { name: 'thumbnail', takes: true, why: 'the object is in its source' },
    { name: 'scans', takes: false, why: 'it reads bucket "papers", and this is in "pictures"' },
  ]);

  const failed = (await server.api('GET', '/history?bucket=pictures&key=broken.png')).json();
  assert.ok(failed.story.some(({ what, kind }: { what: string; kind: string }) => what === 'failure' && kind === 'unsupported'));
});

test('a name that the ledger does not know is told why no pipeline takes it', async () => {
  const why = async (bucket: string, key: string) => {
    const { object, story, pipelines } = (
      await server.api('GET', `/history?bucket=${bucket}&key=${encodeURIComponent(key)}`)
    ).json();
    assert.equal(object, null);
    assert.deepEqual(story, []);
    return pipelines[1].why;
  };
  assert.equal(await why('papers', 'a.png'), 'it reads keys that begin with "in/"');
  assert.equal(await why('papers', 'in/a.gif'), 'the key does not fit its "match"');
  assert.equal(await why('papers', 'in/draft-1.png'), 'the key fits its "exclude"');
  assert.equal(await why('papers', 'in/folder/'), 'a key that ends in "/" is a folder, not a picture');
  assert.equal(await why('papers', 'in/a.png'), 'the object is in its source');
});

test('the name of a rendition leads to its original', async () => {
  const { madeFrom } = (await server.api('GET', '/history?bucket=thumbnails&key=one.png.webp')).json();
  assert.deepEqual(madeFrom, { bucket: 'pictures', key: 'one.png' });
});

test('pipelines come with what they declare and counts of their originals', async () => {
  const { items } = (await server.api('GET', '/pipelines')).json();
  const [thumbnail, scans] = items;
  assert.equal(thumbnail.name, 'thumbnail');
  assert.deepEqual(thumbnail.source, { bucket: 'pictures', prefix: '' });
  assert.equal(thumbnail.renditions[0].key, '{key}.webp');
  assert.equal(thumbnail.renditions[0].recipe.format, 'webp');
  assert.ok(thumbnail.counts.done >= 2);
  assert.equal(thumbnail.counts.failed, 1);
  assert.deepEqual(scans.counts, { pending: 0, done: 0, failed: 0, delivered: 0, gone: 0 });
  assert.deepEqual([scans.original, scans.onSourceDelete, scans.sweep, scans.lastRun], ['delete', 'delete', '0 3 * * *', null]);
});

test('events come newest first in pages; a key without its bucket is refused', async () => {
  const at = new Date();
  for (const key of ['e1.png', 'e2.png', 'e3.png']) {
    await server.services.hint([{ bucket: 'pictures', key, kind: 'look', door: 'api', at }]);
  }
  const first = (await server.api('GET', '/events?bucket=pictures&limit=2')).json();
  assert.deepEqual(
    first.items.map(({ key }: { key: string }) => key),
    ['e3.png', 'e2.png'],
  );
  const second = (await server.api('GET', `/events?bucket=pictures&limit=2&cursor=${first.next}`)).json();
  assert.equal(second.items[0].key, 'e1.png');
  assert.equal((await server.api('GET', '/events?key=e1.png')).statusCode, 400);
});

test('figures add up', async () => {
  const stats = (await server.api('GET', '/stats')).json();
  assert.deepEqual(stats.queue, { waiting: 3, active: 1 });
  assert.equal(stats.failures.unsupported, 2);
  assert.equal(stats.objects.failed, 1);
  assert.ok(stats.renditions >= 4);
  assert.ok(stats.bytes.in > 0 && stats.bytes.out > 0);
  assert.ok(stats.rate.lastHour >= stats.rate.lastMinute && stats.rate.lastMinute > 0);
  assert.ok(stats.latency.p95 >= stats.latency.p50);
});
