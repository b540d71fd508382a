// Thumbnails in one bucket, as the README says it: try one, put a picture, run the job, delete.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { missing, startExample } from '../../example.ts';
import { fixture } from '../../fixtures/make.ts';
import { assertCorner, CORNERS, picture } from '../../fixtures/picture.ts';

const example = await startExample('thumbnail');
const thumbnailOf = (key: string) => example.get('pictures', `thumbnails/${key}-thumb`);

/** Asserts that it is 50×50, and red where the picture is, at the upper left. */
async function assertThumbnail(bytes: Buffer | undefined): Promise<void> {
  assert.ok(bytes);
  const { format, width, height } = await sharp(bytes).metadata();
  assert.deepEqual([format, width, height], ['png', 50, 50]);
  await assertCorner(bytes, CORNERS.topLeft);
}

test('the steps of the README', { skip: missing('aws', 'curl') }, async () => {
  await writeFile(join(example.folder, 'cat.jpg'), await fixture('plain.jpg'));
  await example.next();
  await assertThumbnail(await readFile(join(example.folder, 'tried.png')));
  assert.deepEqual(await example.query('SELECT 1 FROM original'), [], 'trying stores nothing');
  await example.next();
  await example.settled();
  const { stdout } = await example.next();
  assert.match(stdout, / cat\.jpg\n.* thumbnails\/cat\.jpg-thumb\n/);
  assert.match(stdout, /\bmade\b.*thumbnails\/cat\.jpg-thumb/);
  await assertThumbnail(await readFile(join(example.folder, 'thumb.png')));
  await example.next();
  await example.settled();
  assert.equal(await thumbnailOf('cat.jpg'), undefined, 'the thumbnail of a deleted picture goes too');
  assert.ok(example.finished());
});

test('a picture on its side is turned up', async () => {
  const turned = await sharp(await picture().rotate(-90).png().toBuffer())
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  await example.put('pictures', 'turned', turned);
  await example.settled();
  await assertThumbnail(await thumbnailOf('turned'));
});

test('a picture of yours may end in -thumb, lie in folders, and have any name', async () => {
  const names = ['my-thumb', 'a/cat.jpg', 'b/cat.jpg', 'what & why?.jpg', '../../etc/passwd'];
  for (const name of names) await example.put('pictures', name, await fixture('plain.jpg'));
  await example.settled();
  for (const name of names) await assertThumbnail(await thumbnailOf(name));
  assert.equal(await thumbnailOf('thumbnails/my-thumb-thumb'), undefined, 'no thumbnail of a thumbnail');
});

test('an overwritten picture gets another thumbnail', async () => {
  await example.put('pictures', 'changed', await fixture('plain.jpg'));
  await example.settled();
  await assertThumbnail(await thumbnailOf('changed'));
  await example.put('pictures', 'changed', await picture().negate().png().toBuffer());
  await example.settled();
  const [red, green, blue] = CORNERS.topLeft;
  await assertCorner((await thumbnailOf('changed')) ?? Buffer.alloc(0), [255 - red, 255 - green, 255 - blue]);
});

test('a picture that cannot be read is a failure with its reason, and stops no other, in a job neither', async () => {
  await example.put('pictures', '0-bad.jpg', Buffer.from('no picture'));
  await example.put('pictures', '1-good.jpg', await fixture('plain.jpg'));
  await example.settled();
  await assertThumbnail(await thumbnailOf('1-good.jpg'));
  assert.deepEqual(
    await example.query(`SELECT class FROM failure JOIN original o ON o.id = original_id WHERE key = '0-bad.jpg'`),
    [{ class: 'unsupported' }],
  );
  const run = await example.inShell('npx pixmill run thumbnail --json');
  assert.equal(JSON.parse(run.stdout).state, 'done', run.stderr);
});
