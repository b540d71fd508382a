import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipeWords } from './recipe-words.ts';

test('a recipe reads as what it does, and what it leaves alone is left out', () => {
  const defaults = { grayscale: false, negate: false, lossless: false, progressive: false, animated: false };
  const size = { width: 256, height: 256, enlarge: false, gravity: 'center' };
  assert.equal(recipeWords({ ...defaults, resize: { ...size, fit: 'inside' }, format: 'webp' }), 'fit inside 256 × 256, WebP');
  assert.equal(
    recipeWords({ ...defaults, resize: { ...size, fit: 'cover' }, format: 'jpeg', quality: 70 }),
    'cut to 256 × 256, JPEG, quality 70',
  );
  assert.equal(recipeWords({ ...defaults, negate: true, format: 'same' }), 'negated, same format');
  assert.equal(recipeWords({ resize: { width: 800, fit: 'inside' } }), '800 wide, same format');
  assert.equal(recipeWords({ copy: true }), 'as it is');
});
