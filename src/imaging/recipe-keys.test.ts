import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import sharp from 'sharp';
import { assertColour, LIMITS, type Looked, look, recipeOf, resizeOf, targetOf } from '../../test/fixtures/imaging.ts';
import { fixture } from '../../test/fixtures/make.ts';
import { CORNERS, HEIGHT, WIDTH } from '../../test/fixtures/picture.ts';
import type { RenderedOutput } from '../domain/ports.ts';
import type { Recipe } from '../domain/recipe.ts';
import { prepareLibrary } from './library.ts';
import { renderPicture } from './render.ts';

before(() => prepareLibrary());

const { topLeft, topRight, bottomLeft, bottomRight } = CORNERS;
const WHITE = [255, 255, 255];

async function render(name: string, said: Partial<Recipe>, marks = new Map<string, Buffer>()): Promise<RenderedOutput> {
  const recipe = recipeOf(said);
  const picture = await renderPicture(await fixture(name), [targetOf(recipe)], { limits: LIMITS, marks, note() {} });
  assert.deepEqual(picture.faults, []);
  const [output] = picture.outputs;
  assert.ok(output);
  return output;
}

/** Checks the four corners, three pixels from the edges. */
function assertCorners(seen: Looked, corners: readonly (readonly number[])[], tolerance = 12): void {
  const [left, right, top, bottom] = [3, seen.width - 4, 3, seen.height - 4];
  const places = [seen.at(left, top), seen.at(right, top), seen.at(left, bottom), seen.at(right, bottom)];
  corners.forEach((corner, at) => {
    assertColour(places[at] ?? [], [...corner], tolerance, `corner ${at}:`);
  });
}

const negative = (colour: readonly number[]) => colour.map((value) => 255 - value);

/** What each key makes of the quadrants: the size, and the corners in reading order. */
const KEYS: [key: string, said: Partial<Recipe>, size: [number, number], corners: (readonly number[])[]][] = [
  ['nothing', {}, [WIDTH, HEIGHT], [topLeft, topRight, bottomLeft, bottomRight]],
  ['crop', { crop: { left: 48, top: 0, width: 40, height: 30 } }, [40, 30], [topRight, topRight, topRight, topRight]],
  ['crop over the edge', { crop: { left: 40, top: 40, width: 500, height: 500 } }, [56, 24], [bottomLeft, bottomRight]],
  ['resize inside', { resize: resizeOf({ width: 48, height: 48 }) }, [48, 32], [topLeft, topRight, bottomLeft, bottomRight]],
  ['resize outside', { resize: resizeOf({ width: 32, height: 32, fit: 'outside' }) }, [48, 32], [topLeft, topRight]],
  ['resize fill', { resize: resizeOf({ width: 30, height: 60, fit: 'fill' }) }, [30, 60], [topLeft, topRight, bottomLeft]],
  ['resize cover', { resize: resizeOf({ width: 24, height: 32, fit: 'cover' }) }, [24, 32], [topLeft, topRight]],
  [
    'resize cover, gravity west',
    { resize: resizeOf({ width: 20, height: 32, fit: 'cover', gravity: 'west' }) },
    [20, 32],
    [topLeft, topLeft, bottomLeft, bottomLeft],
  ],
  [
    'resize cover, gravity southeast',
    { resize: resizeOf({ width: 96, height: 20, fit: 'cover', gravity: 'southeast' }) },
    [96, 20],
    [bottomLeft, bottomRight, bottomLeft, bottomRight],
  ],
  ['resize contain', { resize: resizeOf({ width: 96, height: 96, fit: 'contain' }) }, [96, 96], [WHITE, WHITE, WHITE, WHITE]],
  [
    'resize contain, gravity north, background',
    { resize: resizeOf({ width: 96, height: 96, fit: 'contain', gravity: 'north' }), background: '#0a141e' },
    [96, 96],
    [topLeft, topRight, [10, 20, 30], [10, 20, 30]],
  ],
  ['resize, no enlarging', { resize: resizeOf({ width: 960, height: 960 }) }, [WIDTH, HEIGHT], [topLeft, topRight]],
  ['resize, enlarging', { resize: resizeOf({ width: 192, height: 192, enlarge: true }) }, [192, 128], [topLeft, topRight]],
  ['rotate 90', { rotate: 90 }, [HEIGHT, WIDTH], [bottomLeft, topLeft, bottomRight, topRight]],
  ['rotate −90', { rotate: -90 }, [HEIGHT, WIDTH], [topRight, bottomRight, topLeft, bottomLeft]],
  ['rotate 180', { rotate: 180 }, [WIDTH, HEIGHT], [bottomRight, bottomLeft, topRight, topLeft]],
  ['rotate 360', { rotate: 360 }, [WIDTH, HEIGHT], [topLeft, topRight, bottomLeft, bottomRight]],
  [
    'rotate 45',
    { rotate: 45, background: '#102030' },
    [113, 113],
    [
      [16, 32, 48],
      [16, 32, 48],
      [16, 32, 48],
      [16, 32, 48],
    ],
  ],
  ['flip horizontal', { flip: 'horizontal' }, [WIDTH, HEIGHT], [topRight, topLeft, bottomRight, bottomLeft]],
  ['flip vertical', { flip: 'vertical' }, [WIDTH, HEIGHT], [bottomLeft, bottomRight, topLeft, topRight]],
  ['flip both', { flip: 'both' }, [WIDTH, HEIGHT], [bottomRight, bottomLeft, topRight, topLeft]],
  ['negate', { negate: true }, [WIDTH, HEIGHT], [topLeft, topRight, bottomLeft, bottomRight].map(negative)],
  ['modulate brightness', { grayscale: true, modulate: { brightness: 0 } }, [WIDTH, HEIGHT], [[0, 0, 0]]],
  ['modulate hue', { modulate: { hue: 0, saturation: 0 } }, [WIDTH, HEIGHT], [[110, 110, 110]]],
  ['modulate lightness', { modulate: { lightness: 100 } }, [WIDTH, HEIGHT], [WHITE, WHITE, WHITE, WHITE]],
  ['blur', { blur: 2 }, [WIDTH, HEIGHT], [topLeft, topRight, bottomLeft, bottomRight]],
  ['sharpen', { sharpen: { sigma: 1, flat: 1, jagged: 2 } }, [WIDTH, HEIGHT], [topLeft, topRight, bottomLeft, bottomRight]],
];

for (const [key, said, [width, height], corners] of KEYS) {
  test(`${key} makes ${width} × ${height} with the right corners`, async () => {
    const output = await render('plain.png', said);
    assert.deepEqual([output.width, output.height], [width, height]);
    const seen = await look(output.body);
    assert.deepEqual([seen.width, seen.height], [width, height]);
    assertCorners(seen, corners);
  });
}

test('grayscale leaves equal channels, in the order of their luminance', async () => {
  const seen = await look((await render('plain.png', { grayscale: true })).body);
  for (const [x, y] of [
    [3, 3],
    [90, 3],
    [3, 60],
    [90, 60],
  ] as const) {
    const [red = 0, green = 0, blue = 0] = seen.at(x, y);
    assert.ok(red === green && green === blue);
  }
  assert.ok((seen.at(90, 3)[0] ?? 0) > (seen.at(3, 3)[0] ?? 0) && (seen.at(3, 3)[0] ?? 0) > (seen.at(3, 60)[0] ?? 0));
});

test('tint gives every part its hue', async () => {
  const seen = await look((await render('plain.png', { grayscale: true, tint: '#0000ff' })).body);
  const [red = 0, green = 0, blue = 0] = seen.at(90, 3);
  assert.ok(blue > red + 40 && blue > green + 40, `${red},${green},${blue}`);
});

test('blur mixes the colours where two parts meet, and sharpen exaggerates them', async () => {
  const before = (await look((await render('plain.png', {})).body)).at(48, 10);
  const blurred = (await look((await render('plain.png', { blur: 3 })).body)).at(48, 10);
  assertColour(blurred, [125, 115, 30], 25);
  assertColour(before, [...topRight]);
  const soft = { blur: 3 };
  const sharpened = await render('plain.png', { ...soft, sharpen: { sigma: 2, flat: 3, jagged: 6 } });
  assert.notEqual(sharpened.sha256, (await render('plain.png', soft)).sha256);
});

test('attention and entropy find the busy part', async () => {
  const width = 300;
  const calm = Buffer.alloc(width * 100 * 3, 128);
  for (let y = 30; y < 70; y += 1) {
    for (let x = 230; x < 280; x += 1) calm.fill((x * y) % 2 ? 255 : 0, (y * width + x) * 3, (y * width + x) * 3 + 3);
  }
  const input = await sharp(calm, { raw: { width, height: 100, channels: 3 } })
    .png()
    .toBuffer();
  for (const gravity of ['attention', 'entropy'] as const) {
    const recipe = recipeOf({ resize: resizeOf({ width: 100, height: 100, fit: 'cover', gravity }) });
    const { outputs } = await renderPicture(input, [targetOf(recipe)], { limits: LIMITS, marks: new Map(), note() {} });
    const seen = await look(outputs[0]?.body ?? Buffer.alloc(0));
    assert.deepEqual([seen.width, seen.height], [100, 100]);
    const values = Array.from({ length: 100 }, (_, x) => seen.at(x, 50)[0] ?? 128);
    assert.ok(
      values.some((value) => value > 200 || value < 50),
      `${gravity} missed it`,
    );
  }
});

test('the order of the steps does not depend on the order of the keys', async () => {
  const keys: Partial<Recipe> = {
    resize: resizeOf({ width: 60, height: 50, fit: 'cover' }),
    rotate: 90,
    flip: 'horizontal',
    negate: true,
    modulate: { hue: 90 },
    tint: '#804020',
    blur: 1,
    sharpen: { sigma: 1, flat: 1, jagged: 2 },
  };
  const turned = Object.fromEntries(Object.entries(keys).reverse()) as Partial<Recipe>;
  assert.equal((await render('plain.png', turned)).sha256, (await render('plain.png', keys)).sha256);
});

test('negate comes before tint, and resize before rotate', async () => {
  const both = await look((await render('plain.png', { negate: true, tint: '#0000ff' })).body);
  const [red = 0, green = 0, blue = 0] = both.at(90, 60);
  assert.ok(blue > red && blue > green, `a tint that was negated would be yellow: ${red},${green},${blue}`);
  const turned = await render('plain.png', { resize: resizeOf({ width: 48, height: 16, fit: 'fill' }), rotate: 90 });
  assert.deepEqual([turned.width, turned.height], [16, 48]);
});

const markSha = async () =>
  createHash('sha256')
    .update(await fixture('mark.png'))
    .digest('hex');

test('a watermark lies in its corner, at its size, with its opacity', async () => {
  const sha256 = await markSha();
  const marks = new Map([[sha256, await fixture('mark.png')]]);
  const placed = { sha256, gravity: 'southeast', margin: 4, scale: 0.25, opacity: 1, tile: false } as const;
  const seen = await look((await render('plain.png', { watermark: placed }, marks)).body);
  assert.equal(seen.channels, 3);
  // 24 pixels wide, 4 from the edges: its middle is at 80, 48.
  assertColour(seen.at(80, 48), WHITE);
  assertColour(seen.at(66, 48), [...bottomRight]);
  assertColour(seen.at(94, 62), [...bottomRight]);
  assertColour(seen.at(10, 10), [...topLeft]);

  const faint = await look((await render('plain.png', { watermark: { ...placed, opacity: 0.5 } }, marks)).body);
  assertColour(
    faint.at(80, 48),
    bottomRight.map((value) => (value + 255) / 2),
  );
  const none = await render('plain.png', { watermark: { ...placed, opacity: 0 } }, marks);
  assert.equal(none.sha256, (await render('plain.png', {})).sha256);
});

test('a watermark is never larger than the picture, whatever its scale and margin', async () => {
  const sha256 = await markSha();
  const marks = new Map([[sha256, await fixture('mark.png')]]);
  for (const width of [1, 2, 5, 40]) {
    for (const tile of [false, true]) {
      const watermark = { sha256, gravity: 'center', margin: 30, scale: 1, opacity: 0.7, tile } as const;
      const output = await render('plain.png', { resize: resizeOf({ width }), watermark }, marks);
      assert.equal(output.width, width);
    }
  }
});

test('a tiled watermark is repeated all over', async () => {
  const sha256 = await markSha();
  const marks = new Map([[sha256, await fixture('mark.png')]]);
  const watermark = { sha256, gravity: 'northwest', margin: 4, scale: 0.125, opacity: 1, tile: true } as const;
  const seen = await look((await render('plain.png', { watermark }, marks)).body);
  for (const [x, y] of [
    [6, 6],
    [22, 6],
    [6, 22],
    [86, 54],
  ] as const)
    assertColour(seen.at(x, y), WHITE, 12, `${x},${y}:`);
  assertColour(seen.at(14, 14), [...topLeft]);
});
