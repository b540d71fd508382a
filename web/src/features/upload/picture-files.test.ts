import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameForPasted, pictureType } from './picture-files.ts';

test('a file is a picture by its type, or by its name where the browser knows no type', () => {
  assert.equal(pictureType({ name: 'a.bin', type: 'image/png' }), 'image/png');
  assert.equal(pictureType({ name: 'IMG_1.HEIC', type: '' }), 'image/heic');
  assert.equal(pictureType({ name: 'notes.txt', type: 'text/plain' }), undefined);
  assert.equal(pictureType({ name: 'README', type: '' }), undefined);
});

test('a pasted picture is named after the moment, with the extension of its type', () => {
  const named = nameForPasted(new File(['x'], 'image.png', { type: 'image/jpeg' }), new Date('2026-11-21T10:30:12.5Z'));
  assert.equal(named.name, 'pasted 2026-11-21 10-30-12.jpg');
  assert.equal(named.type, 'image/jpeg');
});
