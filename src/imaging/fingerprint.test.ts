import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recipeOf, resizeOf } from '../../test/fixtures/imaging.ts';
import type { Recipe, Resize } from '../domain/recipe.ts';
import { fingerprint, strongestDemands } from './fingerprint.ts';
import { baseSize } from './geometry.ts';

const sized = (said: Partial<Resize>): Recipe => recipeOf({ format: 'webp', resize: resizeOf(said) });
const thumb = sized({ width: 256, height: 256 });
const page = sized({ width: 1024, height: 1024 });

test('a fingerprint is 32 hex characters, and the same whatever order keys and siblings are in', () => {
  const turned = Object.fromEntries(Object.entries(thumb).reverse()) as unknown as Recipe;
  assert.match(fingerprint(thumb, [thumb, page]), /^[0-9a-f]{32}$/);
  assert.equal(fingerprint(turned, [page, turned]), fingerprint(thumb, [thumb, page]));
});

test('any key of the recipe that changes makes another fingerprint', () => {
  const changes: Partial<Recipe>[] = [
    { negate: true },
    { quality: 81 },
    { background: '#fffffe' },
    { metadata: 'keep' },
    { resize: resizeOf({ width: 256, height: 255 }) },
    { resize: resizeOf({ width: 256, height: 256, enlarge: true }) },
  ];
  const prints = [thumb, ...changes.map((change) => ({ ...thumb, ...change }))].map((recipe) => fingerprint(recipe, [recipe]));
  assert.equal(new Set(prints).size, prints.length);
});

test('a smaller sibling leaves the fingerprint as it is, and a larger one changes it', () => {
  assert.equal(fingerprint(page, [page, thumb]), fingerprint(page, [page]));
  assert.notEqual(fingerprint(thumb, [page, thumb]), fingerprint(thumb, [thumb]));
});

test('where one rendition takes the whole picture, other sizes come and go without a trace', () => {
  const whole = recipeOf({ negate: true });
  assert.equal(fingerprint(whole, [whole, thumb, page]), fingerprint(whole, [whole]));
  assert.equal(fingerprint(thumb, [whole, thumb, page]), fingerprint(thumb, [whole, thumb]));
});

test('a cover as large as the box of an inside stands for it, and not the other way round', () => {
  const cover = sized({ width: 256, height: 256, fit: 'cover' });
  assert.deepEqual(strongestDemands([cover, thumb]), strongestDemands([cover]));
  assert.equal(strongestDemands([sized({ width: 300, height: 300, fit: 'cover' }), page]).length, 2);
});

// Sides are few, so that sets of demands meet often.
const side = fc.integer({ min: 1, max: 6 });
const maybeSide = fc.option(side, { nil: undefined });
const sibling = fc
  .record({
    width: maybeSide,
    height: maybeSide,
    fit: fc.constantFrom('cover', 'contain', 'fill', 'inside', 'outside'),
    enlarge: fc.boolean(),
    whole: fc.constantFrom(false, false, false, false, false, false, true),
  })
  .map(({ whole, ...said }) => (whole ? recipeOf() : sized(JSON.parse(JSON.stringify(said)) as Partial<Resize>)));
const siblings = fc.array(sibling, { minLength: 1, maxLength: 5 });
const source = fc.record({ width: fc.integer({ min: 1, max: 20 }), height: fc.integer({ min: 1, max: 20 }) });

test('equal demands decode every source at the same size', () => {
  let met = 0;
  fc.assert(
    fc.property(siblings, siblings, fc.array(source, { minLength: 20, maxLength: 20 }), (some, others, sources) => {
      const joined = [...some, ...others];
      for (const [one, other] of [
        [some, others],
        [some, joined],
      ] as const) {
        if (strongestDemands(one).join() !== strongestDemands(other).join()) continue;
        met += 1;
        for (const size of sources) assert.deepEqual(baseSize(size, one), baseSize(size, other));
      }
    }),
    { numRuns: 5_000 },
  );
  assert.ok(met > 500, `only ${met} pairs of sets had equal demands`);
});
