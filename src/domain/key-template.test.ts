import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fillKey, unknownPlaceholders } from './key-template.ts';

test('each placeholder stands for its part of the source key', () => {
  const cases: [string, string, string][] = [
    ['{key}.webp', 'a/b/cat.jpg', 'a/b/cat.jpg.webp'],
    ['{dir}{stem}-thumb.{format}', 'a/b/cat.jpg', 'a/b/cat-thumb.webp'],
    ['negated_{name}', 'a/b/cat.jpg', 'negated_cat.jpg'],
    ['{stem}.{ext}', 'cat.tar.gz', 'cat.tar.gz'],
    ['{stem}|{ext}', '.hidden', '.hidden|'],
    ['{stem}|{ext}', 'noext', 'noext|'],
    ['{dir}x', 'root.png', 'x'],
    ['{name}', 'a//b', 'b'],
  ];
  for (const [template, key, expected] of cases) assert.equal(fillKey(template, key, 'webp'), expected);
});

test('braces in a source key are taken as they are, never as placeholders', () => {
  assert.equal(fillKey('{key}.{format}', '{ext}/{format}', 'png'), '{ext}/{format}.png');
  assert.equal(fillKey('{name}', '$&$1', 'png'), '$&$1');
});

test('directory and name of any key put together are the key', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (key) => fillKey('{dir}{name}', key, 'png') === key));
});

test('words in braces that are no placeholders are named', () => {
  assert.deepEqual(unknownPlaceholders('{key}-{size}-{ KEY }'), ['size', ' KEY ']);
  assert.deepEqual(unknownPlaceholders('{dir}{stem}.{format}'), []);
});
