import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from '../../test/fixtures/make.ts';
import { isReadable, looksLike } from './sniff.ts';

const KINDS: Record<string, string> = {
  'plain.jpg': 'a JPEG',
  'plain.png': 'a PNG',
  'plain.gif': 'a GIF',
  'plain.webp': 'a WebP',
  'plain.tif': 'a TIFF',
  'plain.avif': 'an AVIF',
  empty: 'an empty file',
  'page.html': 'an HTML page',
  'drawing.svg': 'an SVG drawing',
  'document.pdf': 'a PDF document',
  'document.psd': 'a Photoshop document',
  'window.ico': 'a Windows icon',
  'movie.mp4': 'a video',
  'phone.heic': 'a HEIC',
  'notes.txt': 'text',
  'random.bin': 'nothing known',
};

for (const [name, kind] of Object.entries(KINDS)) {
  test(`${name} looks like ${kind}`, async () => {
    const bytes = await fixture(name);
    assert.equal(looksLike(bytes), kind);
    assert.equal(isReadable(kind), name.startsWith('plain.'));
  });
}

test('text is known in UTF-16 and behind a byte order mark', () => {
  assert.equal(looksLike(Buffer.from('\ufeff<svg xmlns="http://www.w3.org/2000/svg"/>', 'utf16le')), 'an SVG drawing');
  assert.equal(looksLike(Buffer.from('\ufeffhello')), 'text');
});
