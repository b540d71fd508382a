import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { LIMITS, recipeOf, targetOf } from '../../test/fixtures/imaging.ts';
import { fixture } from '../../test/fixtures/make.ts';
import { FITS, FORMATS, GRAVITIES, type Recipe } from '../domain/recipe.ts';
import { baseSize } from './geometry.ts';
import { prepareLibrary } from './library.ts';
import { renderPicture } from './render.ts';

const MARK = 'a'.repeat(64);
const marks = new Map<string, Buffer>();
before(async () => {
  prepareLibrary();
  marks.set(MARK, await fixture('mark.png'));
});

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const side = fc.integer({ min: 1, max: 300 });
const gravity = fc.constantFrom(...GRAVITIES);
const colour = fc.stringMatching(/^#([0-9a-f]{6}|[0-9a-f]{8})$/);

/** Every key within its range, though pictures stay small. */
const anyRecipe: fc.Arbitrary<Recipe> = fc
  .record(
    {
      crop: fc.record({ left: fc.nat(120), top: fc.nat(80), width: side, height: side }),
      resize: fc.record({ width: side, height: side }, { requiredKeys: ['width'] }).chain((size) =>
        fc.record({
          fit: fc.constantFrom(...FITS),
          gravity: fc.constantFrom(...GRAVITIES, 'attention' as const, 'entropy' as const),
          enlarge: fc.boolean(),
          ...Object.fromEntries(Object.entries(size).map(([key, value]) => [key, fc.constant(value)])),
        }),
      ),
      rotate: fc.oneof(fc.constantFrom(0, 90, -90, 180, 270, 360), number(-360, 360)),
      flip: fc.constantFrom('horizontal' as const, 'vertical' as const, 'both' as const),
      grayscale: fc.boolean(),
      negate: fc.boolean(),
      modulate: fc.record(
        { brightness: number(0, 10), saturation: number(0, 10), hue: number(-360, 360), lightness: number(-100, 100) },
        { requiredKeys: [] },
      ),
      tint: fc.stringMatching(/^#[0-9a-f]{6}$/),
      blur: number(0.3, 20),
      sharpen: fc.record({ sigma: number(0.01, 10), flat: number(0, 10), jagged: number(0, 10) }),
      watermark: fc.record({
        sha256: fc.constant(MARK),
        gravity,
        margin: fc.nat(300),
        scale: number(0.01, 1),
        opacity: number(0, 1),
        tile: fc.boolean(),
      }),
      quality: fc.integer({ min: 1, max: 100 }),
      lossless: fc.boolean(),
      progressive: fc.boolean(),
      animated: fc.boolean(),
      metadata: fc.constantFrom('strip' as const, 'keep' as const),
      background: colour,
      format: fc.constantFrom('same' as const, ...FORMATS),
      effort: fc.integer({ min: 0, max: 3 }),
    },
    { requiredKeys: [] },
  )
  .map((said) => recipeOf(said as Partial<Recipe>));

const INPUTS = [
  'plain.jpg',
  'alpha.png',
  'gray.png',
  'deep-wide.png',
  'animated.gif',
  'animated.webp',
  'orientation-6.jpg',
  'plain.avif',
];

test('every recipe is rendered as it says, alone as in company, or refused for a reason of the picture', async () => {
  const setup = { limits: LIMITS, marks, note() {} };
  let rendered = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...INPUTS), anyRecipe, anyRecipe, async (name, recipe, sibling) => {
      const input = await fixture(name);
      const siblings = [recipe, sibling];
      const alone = await renderPicture(input, [targetOf(recipe, 'one', siblings)], setup);
      const { outputs, faults } = await renderPicture(
        input,
        [targetOf(sibling, 'other', siblings), targetOf(recipe, 'one', siblings)],
        setup,
      );
      for (const { code, message } of [...faults, ...alone.faults]) {
        assert.ok(code === 'too_large' || code === 'unsupported', `${code}: ${message}`);
      }
      assert.equal(outputs.find(({ id }) => id === 'one')?.sha256, alone.outputs[0]?.sha256);
      for (const { body, width, height } of outputs) {
        const metadata = await sharp(body).metadata();
        assert.deepEqual([metadata.width, metadata.height], [width, height]);
        rendered += 1;
      }
      const base = baseSize(alone.source, siblings);
      assert.ok(base.width <= alone.source.width && base.height <= alone.source.height);
    }),
    { numRuns: Number(process.env.PIXMILL_RUNS ?? 60) },
  );
  assert.ok(rendered > 0);
});
