// Avatars, as the README says it: a portrait in, a square JPEG out, replaced and taken away.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { missing, startExample } from '../../example.ts';
import { fixture, SECRETS } from '../../fixtures/make.ts';
import { assertCorner, CORNERS, picture } from '../../fixtures/picture.ts';

const example = await startExample('avatars');
const avatarOf = (name: string) => example.get('assets', `avatars/${name}.jpg`);

async function assertAvatar(bytes: Buffer | undefined, colour: readonly [number, number, number]): Promise<void> {
  assert.ok(bytes);
  const { format, width, height } = await sharp(bytes).metadata();
  assert.deepEqual([format, width, height], ['jpeg', 512, 512]);
  await assertCorner(bytes, colour);
}

test('the steps of the README', { skip: missing('aws') }, async () => {
  const turned = await sharp(await picture().rotate(-90).png().toBuffer())
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  await writeFile(join(example.folder, 'data.jpg'), turned);
  await example.next();
  await example.settled();
  const { stdout } = await example.next();
  assert.match(stdout, / ann\.jpg$/m);
  await assertAvatar(await readFile(join(example.folder, 'avatar.jpg')), CORNERS.topLeft);
  await example.next();
  await example.settled();
  assert.equal(await avatarOf('ann'), undefined);
  assert.ok(example.finished());
});

test('a portrait of another format replaces the avatar, and nothing old lingers', async () => {
  await example.put('uploads', 'avatars/ben', await fixture('plain.jpg'), 'image/jpeg');
  await example.settled();
  await assertAvatar(await avatarOf('ben'), CORNERS.topLeft);
  await example.put('uploads', 'avatars/ben', await picture().negate().png().toBuffer(), 'image/png');
  await example.settled();
  const [red, green, blue] = CORNERS.topLeft;
  await assertAvatar(await avatarOf('ben'), [255 - red, 255 - green, 255 - blue]);
  assert.deepEqual(await example.query(`SELECT output_key FROM rendition_log WHERE original_key = 'avatars/ben'`), [
    { output_key: 'avatars/ben.jpg' },
  ]);
});

test('an avatar does not tell where its portrait was taken', async () => {
  const portrait = await fixture('located.jpg');
  assert.ok(SECRETS.some((secret) => portrait.includes(secret)));
  await example.put('uploads', 'avatars/cat', portrait);
  await example.settled();
  const avatar = await avatarOf('cat');
  for (const secret of SECRETS) assert.ok(avatar && !avatar.includes(secret), secret);
});

test('what is no picture, and what is too large, become failures of their class and no avatars', async () => {
  await example.put('uploads', 'avatars/page', await fixture('page.html'), 'image/jpeg');
  await example.put('uploads', 'avatars/huge', Buffer.alloc(10_000_001), 'image/jpeg');
  await example.settled();
  const failures = 'SELECT key, class FROM failure JOIN original o ON o.id = original_id ORDER BY key';
  assert.deepEqual(await example.query(failures), [
    { key: 'avatars/huge', class: 'too_large' },
    { key: 'avatars/page', class: 'unsupported' },
  ]);
  assert.deepEqual([await avatarOf('page'), await avatarOf('huge')], [undefined, undefined]);
});

test('a presigned URL takes the type that it was asked for, and no other', async () => {
  const body = JSON.stringify({ name: 'dan', type: 'image/png', size: 10 });
  const asked = await example.program.api('/api/v1/uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const { url, key } = (await asked.json()) as { url: string; key: string };
  assert.equal(key, 'avatars/dan');
  const other = await fetch(url, { method: 'PUT', headers: { 'content-type': 'text/html' }, body: '<script>1;' });
  assert.equal(other.status, 403);
  const unknown = await example.program.api('/api/v1/uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'dan', type: 'text/html', size: 10 }),
  });
  assert.equal(unknown.status >= 400 && unknown.status < 500, true);
});
