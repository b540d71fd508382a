import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import sharp from 'sharp';
import { assertColour, LIMITS, look, recipeOf, resizeOf, targetOf } from '../../test/fixtures/imaging.ts';
import { fixture } from '../../test/fixtures/make.ts';
import { CORNERS, HEIGHT, WIDTH } from '../../test/fixtures/picture.ts';
import type { Recipe } from '../domain/recipe.ts';
import { prepareLibrary } from './library.ts';
import { renderPicture } from './render.ts';

before(() => prepareLibrary());

async function render(name: string, said: Partial<Recipe>) {
  const recipe = recipeOf(said);
  const setup = { limits: LIMITS, marks: new Map<string, Buffer>(), note() {} };
  const picture = await renderPicture(await fixture(name), [targetOf(recipe)], setup);
  assert.deepEqual(picture.faults, []);
  const body = picture.outputs[0]?.body ?? Buffer.alloc(0);
  return { source: picture.source, body, seen: await look(body), metadata: await sharp(body).metadata() };
}

// The quadrants were written in these colour spaces, and have to come back as they were.
for (const [name, tolerance] of [
  ['wide.jpg', 8],
  ['wide.png', 4],
  ['deep.png', 2],
  ['deep-wide.png', 4],
  ['palette.png', 6],
  ['progressive.jpg', 12],
  ['interlaced.png', 0],
  ['plain.tif', 0],
  ['plain.gif', 6],
  ['plain.webp', 40],
  ['plain.avif', 12],
] as const) {
  test(`${name} comes out in sRGB of 8 bits without a profile, with the colours it shows`, async () => {
    const { seen, metadata, source } = await render(name, { format: 'png' });
    assert.deepEqual([source.width, source.height], [WIDTH, HEIGHT]);
    assert.deepEqual([metadata.space, metadata.depth, metadata.hasProfile], ['srgb', 'uchar', false]);
    assertColour(seen.at(10, 10), [...CORNERS.topLeft], tolerance, 'top left:');
    assertColour(seen.at(85, 10), [...CORNERS.topRight], tolerance, 'top right:');
    assertColour(seen.at(10, 55), [...CORNERS.bottomLeft], tolerance, 'bottom left:');
    assertColour(seen.at(85, 55), [...CORNERS.bottomRight], tolerance, 'bottom right:');
  });
}

test('CMYK comes out in sRGB, with colours as near as ink gets', async () => {
  for (const name of ['cmyk.jpg', 'cmyk.tif']) {
    const { seen, metadata } = await render(name, { format: 'png' });
    assert.deepEqual([metadata.space, metadata.channels, metadata.hasProfile], ['srgb', 3, false]);
    for (const [channel, x, y] of [
      [0, 10, 10],
      [1, 85, 10],
      [2, 10, 55],
    ] as const) {
      const colour = seen.at(x, y);
      const strongest = colour[channel] ?? 0;
      const others = colour.filter((_, at) => at !== channel);
      assert.ok(
        others.every((value) => value < strongest - 40),
        `${name} at ${x}, ${y}: ${colour}`,
      );
    }
  }
});

test('a profile left out of account would have been seen: the bytes of the wide picture are other ones', async () => {
  const raw = await sharp(await fixture('wide.png'), { ignoreIcc: true })
    .raw()
    .toBuffer();
  assert.throws(() => assertColour([...raw.subarray(0, 3)], [...CORNERS.topLeft], 8));
});

test('a gray picture stays gray', async () => {
  for (const name of ['gray.jpg', 'gray.png']) {
    const [red = 0, green = 1, blue = 2] = (await render(name, { negate: true })).seen.at(10, 10);
    assert.ok(red === green && green === blue);
  }
});

for (const [step, said] of Object.entries<Partial<Recipe>>({
  nothing: {},
  negate: { negate: true },
  grayscale: { grayscale: true },
  'grayscale and tint': { grayscale: true, tint: '#804000' },
  modulate: { modulate: { brightness: 0.9 } },
  tint: { tint: '#3366ff' },
  blur: { blur: 0.5 },
  sharpen: { sharpen: { sigma: 1, flat: 1, jagged: 1 } },
  'negate and modulate': { negate: true, modulate: { hue: 40 } },
})) {
  test(`${step} leaves the transparency as it was`, async () => {
    const { seen } = await render('alpha.png', said);
    assert.equal(seen.channels, 4);
    assert.equal(seen.at(10, 10)[3], 255);
    const [, , , faint = 255] = seen.at(88, 10);
    const before = (await look(await fixture('alpha.png'))).at(88, 10)[3] ?? 0;
    assert.ok(Math.abs(faint - before) <= 2, `${faint}, and was ${before}`);
  });
}

test('a format without transparency shows the background', async () => {
  for (const said of [
    { format: 'jpeg', quality: 95 },
    { format: 'tiff', quality: 95 },
  ] as const) {
    const { seen } = await render('alpha.png', { ...said, background: '#00ffff' });
    assert.equal(seen.channels, 3);
    assertColour(seen.at(94, 10), [1, 253, 246], 30);
    assertColour(seen.at(10, 10), [...CORNERS.topLeft], 20);
  }
});

test('a background that something shows through is put behind contain and rotate, and is solid in a JPEG', async () => {
  const contain = resizeOf({ width: 96, height: 96, fit: 'contain' });
  const webp = await render('plain.jpg', { resize: contain, background: '#ff000080', format: 'webp', lossless: true });
  assertColour(webp.seen.at(48, 2), [255, 0, 0, 128], 1);
  const turned = await render('plain.jpg', { rotate: 45, background: '#00ff0000', format: 'png' });
  assert.equal(turned.seen.at(1, 1)[3], 0);
  const jpeg = await render('plain.jpg', { resize: contain, background: '#ff000000', format: 'jpeg' });
  assertColour(jpeg.seen.at(48, 2), [255, 0, 0], 12);
});

test('contain, grayscale and negate treat a background that was given before them like the picture', async () => {
  const contain = resizeOf({ width: 96, height: 96, fit: 'contain' });
  const { seen } = await render('plain.png', { resize: contain, background: '#ffffff', negate: true });
  assertColour(seen.at(48, 2), [0, 0, 0], 0);
});
