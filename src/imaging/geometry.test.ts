import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recipeOf, resizeOf } from '../../test/fixtures/imaging.ts';
import type { Resize } from '../domain/recipe.ts';
import { baseSize, resizedSize, scaledSize } from './geometry.ts';

const LANDSCAPE = { width: 4000, height: 3000 };

const TABLE: [said: Partial<Resize>, scaled: [number, number], result: [number, number]][] = [
  [{ width: 256, height: 256 }, [256, 192], [256, 192]],
  [{ width: 256 }, [256, 192], [256, 192]],
  [{ height: 256 }, [341, 256], [341, 256]],
  [{ width: 256, fit: 'fill' }, [256, 192], [256, 192]],
  [{ width: 256, height: 256, fit: 'outside' }, [341, 256], [341, 256]],
  [{ width: 256, height: 256, fit: 'cover' }, [341, 256], [256, 256]],
  [{ width: 256, height: 256, fit: 'contain' }, [256, 192], [256, 256]],
  [{ width: 256, height: 256, fit: 'fill' }, [256, 256], [256, 256]],
  [{ width: 8000, height: 8000 }, [4000, 3000], [4000, 3000]],
  [{ width: 8000, height: 8000, enlarge: true }, [8000, 6000], [8000, 6000]],
  [{ width: 5000, height: 1000, fit: 'cover' }, [4000, 3000], [4000, 1000]],
  [{ width: 5000, height: 1000, fit: 'cover', enlarge: true }, [5000, 3750], [5000, 1000]],
  [{ width: 5000, height: 1000, fit: 'fill' }, [4000, 1000], [4000, 1000]],
  [{ width: 8000, height: 8000, fit: 'contain' }, [4000, 3000], [8000, 8000]],
];

for (const [said, [scaledWidth, scaledHeight], [width, height]] of TABLE) {
  test(`4000 × 3000 resized by ${JSON.stringify(said)} is ${width} × ${height}`, () => {
    assert.deepEqual(scaledSize(LANDSCAPE, resizeOf(said)), { width: scaledWidth, height: scaledHeight });
    assert.deepEqual(resizedSize(LANDSCAPE, resizeOf(said)), { width, height });
  });
}

test('a sliver keeps at least one pixel of its short side', () => {
  assert.deepEqual(scaledSize({ width: 10_000, height: 3 }, resizeOf({ width: 100, height: 100 })), { width: 100, height: 1 });
});

test('a lone rendition is decoded at exactly the size it is scaled to', () => {
  const thumb = recipeOf({ resize: resizeOf({ width: 256, height: 256 }) });
  assert.deepEqual(baseSize(LANDSCAPE, [thumb]), { width: 256, height: 192 });
  const cover = recipeOf({ resize: resizeOf({ width: 256, height: 256, fit: 'cover' }) });
  assert.deepEqual(baseSize(LANDSCAPE, [cover]), { width: 341, height: 256 });
});

test('a crop, or no resize at all, needs the whole picture', () => {
  const cropped = recipeOf({
    crop: { left: 0, top: 0, width: 10, height: 10 },
    resize: resizeOf({ width: 5 }),
  });
  assert.deepEqual(baseSize(LANDSCAPE, [cropped]), LANDSCAPE);
  assert.deepEqual(baseSize(LANDSCAPE, [recipeOf()]), LANDSCAPE);
});

const side = fc.integer({ min: 1, max: 8192 });
const sides = fc.record({ width: side, height: side });
const anyResize = fc
  .record({
    width: fc.option(side, { nil: undefined }),
    height: fc.option(side, { nil: undefined }),
    fit: fc.constantFrom('cover' as const, 'contain' as const, 'fill' as const, 'inside' as const, 'outside' as const),
    enlarge: fc.boolean(),
  })
  .map((said) => resizeOf(JSON.parse(JSON.stringify(said)) as Partial<Resize>));

test('no sibling has to enlarge the base, unless it enlarges the picture itself', () => {
  fc.assert(
    fc.property(sides, fc.array(anyResize, { minLength: 1, maxLength: 4 }), (source, resizes) => {
      const base = baseSize(
        source,
        resizes.map((resize) => recipeOf({ resize })),
      );
      for (const resize of resizes) {
        const scaled = scaledSize(source, resize);
        assert.ok(base.width >= Math.min(scaled.width, source.width) && base.height >= Math.min(scaled.height, source.height));
      }
      assert.ok(base.width <= source.width && base.height <= source.height);
    }),
  );
});

test('without "enlarge" no side grows, and every fit keeps its promise about the target', () => {
  fc.assert(
    fc.property(sides, sides, fc.constantFrom('cover' as const, 'inside' as const, 'outside' as const), (source, box, fit) => {
      const scaled = scaledSize(source, resizeOf({ ...box, fit }));
      assert.ok(scaled.width <= source.width && scaled.height <= source.height);
      if (fit === 'inside') assert.ok(scaled.width <= box.width && scaled.height <= box.height);
      const shrunk = scaled.width < source.width || scaled.height < source.height;
      if (fit !== 'inside' && shrunk) assert.ok(scaled.width >= box.width && scaled.height >= box.height);
    }),
  );
});
