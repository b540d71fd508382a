import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LIMITS, recipeOf, resizeOf, silentLog, targetOf } from '../../test/fixtures/imaging.ts';
import { fixture } from '../../test/fixtures/make.ts';
import type { Imaging, RenderTarget } from '../domain/ports.ts';
import type { Recipe } from '../domain/recipe.ts';
import { openImaging } from './imaging.ts';

const mark = await fixture('mark.png');
const watermarks = new Map([[createHash('sha256').update(mark).digest('hex'), mark]]);
const [markSha = ''] = watermarks.keys();

let imaging: Imaging;
let another: Imaging;
before(async () => {
  imaging = await openImaging({ limits: LIMITS, slots: 1, watermarks, log: silentLog });
  another = await openImaging({ limits: LIMITS, slots: 3, watermarks, log: silentLog });
});
after(() => Promise.all([imaging.stop(), another.stop()]));

/** One pipeline with something of everything; all share one decode of 600 pixels. */
const PIPELINE: Record<string, Recipe> = {
  thumb: recipeOf({ format: 'webp', resize: resizeOf({ width: 64, height: 64 }) }),
  page: recipeOf({ format: 'jpeg', resize: resizeOf({ width: 600, height: 600 }) }),
  square: recipeOf({ format: 'jpeg', resize: resizeOf({ width: 200, height: 200, fit: 'cover', gravity: 'attention' }) }),
  modern: recipeOf({ format: 'avif', effort: 0, resize: resizeOf({ width: 120 }), sharpen: { sigma: 1, flat: 1, jagged: 2 } }),
  turned: recipeOf({ format: 'png', resize: resizeOf({ width: 100, height: 80, fit: 'contain' }), rotate: 15, blur: 1.5 }),
  marked: recipeOf({
    format: 'webp',
    resize: resizeOf({ width: 300 }),
    modulate: { saturation: 1.4 },
    watermark: { sha256: markSha, gravity: 'southeast', margin: 5, scale: 0.3, opacity: 0.5, tile: false },
  }),
  old: recipeOf({ format: 'gif', resize: resizeOf({ width: 90 }), grayscale: true, tint: '#a07040' }),
};
/** A pipeline of one rendition, which takes the whole picture. */
const NEGATIVE = recipeOf({ format: 'jpeg', negate: true });

const INPUTS = [
  'large.jpg',
  'large-progressive.jpg',
  'noise.png',
  'alpha.png',
  'orientation-6.jpg',
  'wide.jpg',
  'deep-wide.png',
  'gray.jpg',
];

function targets(names: readonly string[]): RenderTarget[] {
  const siblings = Object.values(PIPELINE);
  return names.flatMap((id) => (PIPELINE[id] ? targetOf(PIPELINE[id], id, siblings) : []));
}

async function hashes(by: Imaging, input: string, wanted: RenderTarget[]): Promise<Record<string, string>> {
  const { outputs, faults } = await by.render(await fixture(input), wanted);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    outputs.map((output) => output.id),
    wanted.map((target) => target.id),
  );
  for (const { body, sha256 } of outputs) assert.equal(createHash('sha256').update(body).digest('hex'), sha256);
  return Object.fromEntries(outputs.map((output) => [output.id, output.sha256]));
}

for (const input of INPUTS) {
  test(`${input}: the bytes are the same again, in any process, and whichever renditions are missing`, async () => {
    const names = Object.keys(PIPELINE);
    const all = await hashes(imaging, input, targets(names));
    assert.deepEqual(await hashes(imaging, input, targets(names)), all);

    const alone = names.map((name) => hashes(another, input, targets([name])));
    assert.deepEqual(Object.assign({}, ...(await Promise.all(alone))), all);

    const pairs = names.map((name, at) => [name, names[(at + 3) % names.length] ?? '']);
    for (const pair of pairs) {
      const some = await hashes(another, input, targets(pair));
      for (const name of pair) assert.equal(some[name], all[name], `${name} beside ${pair}`);
    }
  });

  test(`${input}: a rendition does not change when another pipeline is rendered with it`, async () => {
    const alone = await hashes(imaging, input, [targetOf(NEGATIVE, 'negative')]);
    const beside = await hashes(another, input, [...targets(['thumb']), targetOf(NEGATIVE, 'negative')]);
    assert.equal(beside.negative, alone.negative);
    const sharing = [targetOf(NEGATIVE, 'negative'), targetOf(recipeOf({ format: 'jpeg', blur: 2 }), 'blurred')];
    assert.equal((await hashes(another, input, sharing)).negative, alone.negative);
  });
}

test('an animation is the same again', async () => {
  const recipe = recipeOf({ format: 'webp', animated: true, resize: resizeOf({ width: 40, height: 40, fit: 'cover' }) });
  for (const input of ['animated.gif', 'animated.webp']) {
    const once = await hashes(imaging, input, [targetOf(recipe)]);
    assert.deepEqual(
      await hashes(another, input, [targetOf(recipe), ...targets(['thumb'])]).then(({ only }) => ({ only })),
      once,
    );
  }
});

test('the engine is named with the versions that the bytes depend on', () => {
  assert.match(imaging.engine, /^sharp \d+\.\d+\.\d+ libvips \d+\.\d+\.\d+$/);
  assert.equal(another.engine, imaging.engine);
});
