import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import sharp from 'sharp';
import { LIMITS, look, recipeOf, resizeOf, targetOf } from '../../test/fixtures/imaging.ts';
import { FRAME_DELAYS, fixture, LOOPS } from '../../test/fixtures/make.ts';
import { HEIGHT, WIDTH } from '../../test/fixtures/picture.ts';
import type { RenderedOutput } from '../domain/ports.ts';
import { FORMATS, type Recipe } from '../domain/recipe.ts';
import { prepareLibrary } from './library.ts';
import { renderPicture } from './render.ts';

before(() => prepareLibrary());

const SETUP = { limits: LIMITS, marks: new Map<string, Buffer>(), note() {} };

async function render(name: string, said: Partial<Recipe>): Promise<RenderedOutput> {
  const { outputs, faults } = await renderPicture(await fixture(name), [targetOf(recipeOf(said))], SETUP);
  assert.deepEqual(faults, []);
  const [output] = outputs;
  assert.ok(output);
  return output;
}

const written = async (name: string, said: Partial<Recipe>) => sharp((await render(name, said)).body).metadata();

for (const format of FORMATS) {
  test(`${format} is written, and told as what it is`, async () => {
    const output = await render('plain.png', { format });
    const metadata = await sharp(output.body).metadata();
    assert.equal(output.format, format);
    assert.equal(metadata.format === 'heif' ? `${metadata.compression}` : metadata.format, format === 'avif' ? 'av1' : format);
    assert.deepEqual([metadata.width, metadata.height], [WIDTH, HEIGHT]);
  });
}

for (const [name, format] of [
  ['plain.jpg', 'jpeg'],
  ['plain.png', 'png'],
  ['plain.webp', 'webp'],
  ['plain.gif', 'gif'],
  ['plain.tif', 'tiff'],
  ['plain.avif', 'avif'],
] as const) {
  test(`"same" writes ${name} as ${format}`, async () => {
    assert.equal((await render(name, { format: 'same' })).format, format);
  });
}

for (const format of ['jpeg', 'webp', 'avif', 'tiff'] as const) {
  test(`a lower quality makes a smaller ${format}`, async () => {
    const sizes = [];
    for (const quality of [20, 95]) sizes.push((await render('large.jpg', { format, quality, effort: 0 })).body.length);
    assert.ok((sizes[0] ?? 0) < (sizes[1] ?? 0) / 1.5, sizes.join(' < '));
  });
}

test('the quality is 80 where none is said, and 50 for AVIF', async () => {
  for (const [format, quality] of [
    ['jpeg', 80],
    ['webp', 80],
    ['avif', 50],
  ] as const) {
    assert.equal((await render('noise.png', { format })).sha256, (await render('noise.png', { format, quality })).sha256);
    assert.notEqual((await render('noise.png', { format, quality: 70 })).sha256, (await render('noise.png', { format })).sha256);
  }
});

test('lossless WebP and AVIF, PNG and TIFF keep every pixel', async () => {
  const before = await look(await fixture('noise.png'));
  for (const said of [
    { format: 'webp', lossless: true },
    { format: 'avif', lossless: true },
    { format: 'png' },
    { format: 'tiff' },
  ] as const) {
    const after = await look((await render('noise.png', said)).body);
    for (let at = 0; at < 150; at += 1) assert.deepEqual(after.at(at, at), before.at(at, at), said.format);
  }
});

test('progressive is what it says in JPEG, PNG and GIF', async () => {
  assert.equal((await written('plain.png', { format: 'jpeg', progressive: true })).isProgressive, true);
  assert.equal((await written('plain.png', { format: 'jpeg' })).isProgressive, false);
  assert.equal((await written('plain.png', { format: 'png', progressive: true })).isProgressive, true);
  const interlaced = await render('plain.png', { format: 'gif', progressive: true });
  assert.notEqual(interlaced.sha256, (await render('plain.png', { format: 'gif' })).sha256);
});

test('effort reaches each encoder that has one', async () => {
  for (const [format, low, high] of [
    ['webp', 0, 6],
    ['avif', 0, 4],
    ['png', 1, 9],
    ['gif', 1, 10],
  ] as const) {
    const one = await render('noise.png', { format, effort: low });
    assert.notEqual(one.sha256, (await render('noise.png', { format, effort: high })).sha256, format);
  }
});

for (const [name, format] of [
  ['animated.gif', 'gif'],
  ['animated.gif', 'webp'],
  ['animated.webp', 'webp'],
  ['animated.webp', 'gif'],
] as const) {
  test(`${name} keeps frames, delays and loop as ${format}`, async () => {
    const output = await render(name, { format, animated: true, resize: resizeOf({ width: 48 }) });
    const metadata = await sharp(output.body).metadata();
    assert.deepEqual([output.width, output.height], [48, 32]);
    assert.deepEqual([metadata.pages, metadata.delay, metadata.loop], [3, FRAME_DELAYS, LOOPS]);
    assert.deepEqual([metadata.width, metadata.height], [48, 32]);
  });
}

test('every step works on frames, each by itself', async () => {
  const steps: Partial<Recipe>[] = [
    { crop: { left: 10, top: 10, width: 40, height: 30 } },
    { resize: resizeOf({ width: 30, height: 30, fit: 'cover' }) },
    { resize: resizeOf({ width: 30, height: 30, fit: 'cover', gravity: 'attention' }) },
    { resize: resizeOf({ width: 50, height: 50, fit: 'contain' }) },
    { rotate: 90 },
    { rotate: 33 },
    { flip: 'vertical' },
    { grayscale: true, negate: true },
    { blur: 4, sharpen: { sigma: 1, flat: 1, jagged: 1 } },
  ];
  for (const said of steps) {
    const output = await render('animated.gif', { format: 'webp', lossless: true, animated: true, ...said });
    assert.equal((await sharp(output.body).metadata()).pages, 3, JSON.stringify(said));
    // The second frame is one colour: nothing of its neighbours may be in it, and a flip may not change the order.
    const second = await look(output.body, 1);
    const middle = second.at(second.width >> 1, second.height >> 1);
    assert.deepEqual(second.at(second.width >> 1, said.rotate === 33 ? second.height >> 1 : second.height - 12), middle);
    assert.deepEqual([second.width, second.height], [output.width, output.height]);
  }
});

test('without "animated", and in formats that hold one picture, the first frame is taken', async () => {
  for (const said of [{ format: 'webp' }, { format: 'gif' }, { format: 'jpeg', animated: true }] as const) {
    const output = await render('animated.gif', said);
    assert.equal((await sharp(output.body).metadata()).pages ?? 1, 1);
    assert.deepEqual([output.width, output.height], [WIDTH, HEIGHT]);
  }
});

test('pages of a TIFF are not frames: the first is taken', async () => {
  const recipe = recipeOf({ format: 'webp', animated: true });
  const { source, outputs } = await renderPicture(await fixture('two-pages.tif'), [targetOf(recipe)], SETUP);
  assert.equal(source.frames, 1);
  assert.deepEqual([outputs[0]?.width, outputs[0]?.height], [WIDTH, HEIGHT]);
});
