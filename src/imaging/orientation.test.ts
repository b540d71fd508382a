import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import sharp from 'sharp';
import { assertColour, LIMITS, look, recipeOf, resizeOf, targetOf } from '../../test/fixtures/imaging.ts';
import { FRAME_DELAYS, fixture } from '../../test/fixtures/make.ts';
import { CORNERS, HEIGHT, WIDTH } from '../../test/fixtures/picture.ts';
import type { Recipe } from '../domain/recipe.ts';
import { Canvas } from './canvas.ts';
import { prepareLibrary } from './library.ts';
import { renderPicture } from './render.ts';
import { orientFrame } from './steps/orient.ts';

before(() => prepareLibrary());

async function render(name: string, said: Partial<Recipe>): Promise<Buffer> {
  const recipe = recipeOf(said);
  const setup = { limits: LIMITS, marks: new Map<string, Buffer>(), note() {} };
  const { outputs, source } = await renderPicture(await fixture(name), [targetOf(recipe)], setup);
  assert.deepEqual([source.width, source.height], [WIDTH, HEIGHT], 'the size is told upright');
  return outputs[0]?.body ?? Buffer.alloc(0);
}

async function assertUpright(body: Buffer, scale = 1): Promise<void> {
  const seen = await look(body);
  const [right, bottom] = [seen.width - 1 - 8 * scale, seen.height - 1 - 8 * scale];
  assert.deepEqual([seen.width, seen.height], [WIDTH * scale, HEIGHT * scale]);
  assertColour(seen.at(8 * scale, 8 * scale), [...CORNERS.topLeft], 40, 'top left:');
  assertColour(seen.at(right, 8 * scale), [...CORNERS.topRight], 40, 'top right:');
  assertColour(seen.at(8 * scale, bottom), [...CORNERS.bottomLeft], 40, 'bottom left:');
  assertColour(seen.at(right, bottom), [...CORNERS.bottomRight], 40, 'bottom right:');
}

for (const extension of ['jpg', 'png', 'webp', 'tif']) {
  for (let tag = 1; tag <= 8; tag += 1) {
    test(`orientation ${tag} of a ${extension} is applied once, and not told any more`, async () => {
      const name = `orientation-${tag}.${extension}`;
      for (const metadata of ['strip', 'keep'] as const) {
        const whole = await render(name, { format: 'jpeg', quality: 95, metadata });
        await assertUpright(whole);
        assert.equal((await sharp(whole).metadata()).orientation ?? 1, 1);
        await assertUpright(await render(name, { resize: resizeOf({ width: 48, height: 48 }), metadata }), 0.5);
      }
    });
  }
}

test('a crop is in pixels of the upright picture', async () => {
  const crop = { left: 48, top: 0, width: 48, height: 32 };
  for (let tag = 1; tag <= 8; tag += 1) {
    const seen = await look(await render(`orientation-${tag}.png`, { crop }));
    for (const [x, y] of [
      [2, 2],
      [45, 2],
      [2, 29],
      [45, 29],
    ] as const)
      assertColour(seen.at(x, y), [...CORNERS.topRight]);
  }
});

test('frames are turned upright as still pictures are', async () => {
  for (let tag = 1; tag <= 8; tag += 1) {
    const { data, info } = await sharp(await fixture(`orientation-${tag}.png`))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const canvas = new Canvas({ data, width: info.width, height: info.height, channels: 3 });
    await orientFrame(canvas, tag);
    assert.deepEqual([canvas.width, canvas.height], [WIDTH, HEIGHT]);
    const pixels = await canvas.pixels();
    assert.deepEqual([...pixels.data.subarray(0, 3)], [...CORNERS.topLeft], `tag ${tag}`);
    assert.deepEqual([...pixels.data.subarray(-3)], [...CORNERS.bottomRight], `tag ${tag}`);
  }
});

test('an animation that lies on its side is turned upright frame by frame', async () => {
  const still = await sharp(await fixture('animated.webp'), { animated: true })
    .withMetadata({ orientation: 3 })
    .webp({ lossless: true })
    .toBuffer();
  const recipe = recipeOf({ format: 'webp', lossless: true, animated: true });
  const setup = { limits: LIMITS, marks: new Map<string, Buffer>(), note() {} };
  const { outputs } = await renderPicture(still, [targetOf(recipe)], setup);
  const body = outputs[0]?.body ?? Buffer.alloc(0);
  assert.deepEqual((await sharp(body).metadata()).delay, FRAME_DELAYS);
  const first = await look(body);
  assertColour(first.at(3, 3), [...CORNERS.bottomRight]);
  assertColour((await look(body, 1)).at(3, 3), [220, 30, 30]);
});
