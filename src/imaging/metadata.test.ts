import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import sharp from 'sharp';
import { assertColour, LIMITS, look, recipeOf, resizeOf, targetOf } from '../../test/fixtures/imaging.ts';
import { FRAME_DELAYS, fixture, SECRETS } from '../../test/fixtures/make.ts';
import { CORNERS, HEIGHT, WIDTH } from '../../test/fixtures/picture.ts';
import { FORMATS, type Recipe } from '../domain/recipe.ts';
import { prepareLibrary } from './library.ts';
import { renderPicture } from './render.ts';

before(() => prepareLibrary());

async function render(input: Buffer, said: Partial<Recipe>): Promise<Buffer> {
  const recipe = recipeOf(said);
  const setup = { limits: LIMITS, marks: new Map<string, Buffer>(), note() {} };
  const { outputs, faults } = await renderPicture(input, [targetOf(recipe)], setup);
  assert.deepEqual(faults, []);
  return outputs[0]?.body ?? Buffer.alloc(0);
}

/** Metadata is found as it stands, and as EXIF writes fractions: pairs of 32-bit numbers, here 6/1 30/1 15/1. */
function holds(bytes: Buffer, secret: string): boolean {
  if (secret !== '6/1 30/1 15/1') return bytes.includes(secret);
  const numbers = [6, 1, 30, 1, 15, 1];
  return [true, false].some((little) => {
    const fractions = Buffer.alloc(24);
    numbers.forEach((value, at) => {
      if (little) fractions.writeUInt32LE(value, at * 4);
      else fractions.writeUInt32BE(value, at * 4);
    });
    return bytes.includes(fractions);
  });
}

test('the fixture has GPS in EXIF and XMP, a camera, a caption and a comment', async () => {
  const bytes = await fixture('located.jpg');
  for (const secret of SECRETS) assert.ok(holds(bytes, secret), `${secret} is not in the fixture`);
  assert.equal((await sharp(bytes).metadata()).orientation, 6);
});

for (const format of FORMATS) {
  test(`nothing of the metadata is in a ${format}, as a thumbnail, whole or cropped`, async () => {
    const recipes: Partial<Recipe>[] = [
      { resize: resizeOf({ width: 48 }) },
      { negate: true },
      { crop: { left: 4, top: 4, width: 40, height: 40 } },
    ];
    for (const said of recipes) {
      const body = await render(await fixture('located.jpg'), { format, ...said });
      for (const secret of SECRETS) assert.ok(!holds(body, secret), `${secret} is in the ${format}`);
      const { exif, xmp, iptc, comments, hasProfile } = await sharp(body).metadata();
      assert.deepEqual([exif, xmp, iptc, comments, hasProfile], [undefined, undefined, undefined, undefined, false]);
    }
  });
}

test('the resolution of the source is not told by a JPEG', async () => {
  const fine = await sharp(await fixture('plain.jpg'))
    .withMetadata({ density: 301 })
    .jpeg()
    .toBuffer();
  assert.equal((await sharp(await render(fine, { format: 'jpeg', negate: true })).metadata()).density, 72);
});

test('kept metadata is all there, but for the orientation, beside an sRGB profile', async () => {
  const body = await render(await fixture('located.jpg'), { format: 'jpeg', quality: 95, metadata: 'keep' });
  for (const secret of SECRETS.filter((secret) => secret !== 'Made at home')) assert.ok(holds(body, secret), secret);
  const { orientation, hasProfile, width, height } = await sharp(body).metadata();
  assert.deepEqual([orientation, hasProfile, width, height], [1, true, WIDTH, HEIGHT]);
});

test('keeping metadata does not change the pixels', async () => {
  const recipes: Partial<Recipe>[] = [{}, { negate: true, blur: 1 }, { resize: resizeOf({ width: 40 }), rotate: 30 }];
  for (const name of ['located.jpg', 'wide.png', 'alpha.png', 'gray.jpg']) {
    for (const said of recipes) {
      const stripped = await look(await render(await fixture(name), { ...said, metadata: 'strip' }));
      const kept = await look(await render(await fixture(name), { ...said, metadata: 'keep' }));
      assert.deepEqual([kept.width, kept.height, kept.channels], [stripped.width, stripped.height, stripped.channels], name);
      for (const [x, y] of [
        [2, 2],
        [30, 5],
        [5, 20],
        [35, 22],
      ] as const)
        assertColour(kept.at(x, y), stripped.at(x, y), 1, name);
    }
  }
});

test('an animation keeps its metadata, its frames and their timing together', async () => {
  const described = await sharp(await fixture('animated.webp'), { animated: true })
    .withExif({ IFD0: { Make: 'Camera of mine' } })
    .webp({ lossless: true })
    .toBuffer();
  const body = await render(described, { format: 'webp', lossless: true, animated: true, metadata: 'keep' });
  const { exif, delay, pages } = await sharp(body).metadata();
  assert.ok(exif?.includes('Camera of mine'));
  assert.deepEqual([delay, pages], [FRAME_DELAYS, 3]);
  assertColour((await look(body)).at(90, 5), [...CORNERS.topRight]);
  assertColour((await look(body, 2)).at(90, 5), [30, 30, 220]);
});

test('what is appended to a picture is not in its rendition', async () => {
  const bytes = await fixture('with-zip.png');
  assert.ok(bytes.includes('carried along'));
  const body = await render(bytes, { format: 'same' });
  assert.ok(!body.includes('PK\x03\x04') && !body.includes('carried along'));
  assert.ok(body.subarray(-12).includes('IEND'));
});
