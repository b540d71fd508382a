// The thumbnail service, as the README says it: presigned upload, thumbnail, and both looked up on the ledger.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { missing, startExample } from '../../example.ts';
import { fixture } from '../../fixtures/make.ts';

const example = await startExample('thumbnail-service');

async function sizeOf(bytes: Buffer | undefined): Promise<unknown[]> {
  const { format, width, height } = await sharp(bytes).metadata();
  return [format, width, height];
}

test('the steps of the README', { skip: missing('aws', 'curl', 'psql') }, async () => {
  const image = await fixture('large.jpg');
  await writeFile(join(example.folder, 'nobscat.jpg'), image);
  await example.next();
  assert.deepEqual(await example.get('photos', 'images/nobscat.jpg'), image);
  await example.settled();
  const { stdout } = await example.next();
  const thumbnail = await readFile(join(example.folder, 'nobscat.thumbnail.jpg'));
  assert.deepEqual(await sizeOf(thumbnail), ['jpeg', 128, 85], '1200×800 within 128×128');
  assert.match(stdout, / nobscat\.thumbnail\.jpg$/m);
  const row = `^ images/nobscat\\.jpg \\| thumbnails/nobscat\\.thumbnail\\.jpg \\| +${thumbnail.length}\\n\\(1 row\\)`;
  assert.match(stdout, new RegExp(row, 'm'), 'each once, with its extension');
  assert.ok(example.finished());
});

test('a small picture is not enlarged, and keeps its format', async () => {
  await example.put('photos', 'images/small.png', await fixture('plain.png'));
  await example.settled();
  assert.deepEqual(await sizeOf(await example.get('photos', 'thumbnails/small.thumbnail.png')), ['png', 96, 64]);
});

test('the second of two images whose thumbnails would meet is a failure, and the first keeps its own', async () => {
  await example.put('photos', 'images/one/same.png', await fixture('plain.png'));
  await example.settled();
  const first = await example.get('photos', 'thumbnails/same.thumbnail.png');
  await example.put('photos', 'images/two/same.png', await fixture('noise.png'));
  await example.settled();
  assert.deepEqual(await example.get('photos', 'thumbnails/same.thumbnail.png'), first);
  const [failure] = await example.query('SELECT class, reason FROM failure');
  assert.equal(failure?.class, 'collision');
  assert.match(failure?.reason, /images\/one\/same\.png/);
});

test("a daemon hands messages of a queue to POST /: a store's test event, and several records in one", async () => {
  const { stdout } = await example.inShell('npx pixmill token create daemon --hook');
  const send = (message: object) =>
    fetch(new URL(`/?token=${stdout.trim()}`, example.program.url), { method: 'POST', body: JSON.stringify(message) });
  const tested = await send({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'photos', Time: '2026-01-01T00:00:00.000Z' });
  assert.equal(tested.status, 200);
  const records = ['images/small.png', 'images/nobody.png'].map((key) => ({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventTime: '2026-01-01T00:00:00.000Z',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: 'photos' }, object: { key, size: 1 } },
  }));
  const several = await send({ Records: records });
  assert.equal(several.status, 200);
  assert.deepEqual(await several.json(), { received: 2, ignored: 0 });
  await example.settled();
  const answers = `SELECT kind, key, result FROM event WHERE door = 'hook' ORDER BY id`;
  assert.deepEqual(await example.query(answers), [
    { kind: 'test', key: null, result: 'unchanged' },
    { kind: 'put', key: 'images/small.png', result: 'unchanged' },
    { kind: 'put', key: 'images/nobody.png', result: 'gone' },
  ]);
});
