import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRange } from './range.ts';
import { segmentsOf } from './send-bytes.ts';
import type { Piece } from './tables.ts';

test('one range is cut to the object', () => {
  assert.deepEqual(parseRange('bytes=0-9', 100), { start: 0, length: 10 });
  assert.deepEqual(parseRange('bytes=90-200', 100), { start: 90, length: 10 });
  assert.deepEqual(parseRange('bytes=90-', 100), { start: 90, length: 10 });
  assert.deepEqual(parseRange('bytes=-10', 100), { start: 90, length: 10 });
  assert.deepEqual(parseRange('bytes=-1000', 100), { start: 0, length: 100 });
  assert.deepEqual(parseRange('bytes=0-0', 1), { start: 0, length: 1 });
});

test('several ranges and what is none give the whole object', () => {
  for (const header of [undefined, '', 'bytes=0-1,3-4', 'bytes=a-b', 'bytes=-', 'lines=1-2', 'bytes=5-4', 'bytes=1-2-3']) {
    assert.equal(parseRange(header, 100), undefined, header);
  }
});

test('a range with no byte in the object is refused', () => {
  for (const [header, size] of [
    ['bytes=100-', 100],
    ['bytes=100-200', 100],
    ['bytes=-0', 100],
    ['bytes=0-', 0],
    ['bytes=-5', 0],
  ] as const) {
    assert.throws(() => parseRange(header, size), { code: 'InvalidRange', status: 416 }, header);
  }
});

test('the segments of any range are its bytes, whatever the pieces', () => {
  const sizes = fc.array(fc.nat(9), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(sizes, fc.nat(60), fc.nat(60), (pieceSizes, a, b) => {
      let next = 0;
      const bytes = new Map<string, number[]>();
      const pieces = pieceSizes.map((size, at): Piece => {
        const content = Array.from({ length: size }, () => next++);
        bytes.set(`blob${at}`, content);
        return [at + 1, size === 0 ? null : `blob${at}`, size, null];
      });
      const start = Math.min(a, next);
      const length = Math.min(b, next - start);
      const segments = segmentsOf({ blob: null, pieces, size: next }, { start, length });
      const read = segments.flatMap(({ blob, start, length }) => bytes.get(blob)?.slice(start, start + length) ?? []);
      assert.deepEqual(
        read,
        Array.from({ length }, (_, at) => start + at),
      );
    }),
  );
});
