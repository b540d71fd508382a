import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanFileName, reserveKeys } from './upload-key.ts';

test('ordinary names stay as they are', () => {
  for (const name of [
    'cat.jpg',
    'Holiday 2024 (3).JPEG',
    'schöne_Übersicht.png',
    '猫.webp',
    'a.b.c.png',
    'no extension',
    '1+1.png',
  ]) {
    assert.equal(cleanFileName(name), name);
  }
});

test('hostile names become harmless', () => {
  for (const [hostile, harmless] of [
    ['../../t2/x.png', 'x.png'],
    ['..\\..\\windows\\x.png', 'x.png'],
    ['%2e%2e%2fx.png', '_2e_2e_2fx.png'],
    ['.htaccess', 'htaccess'],
    ['..', 'picture'],
    ['...', 'picture'],
    ['', 'picture'],
    ['/', 'picture'],
    ['a\0b\r\nc.png', 'abc.png'],
    ['gpj\u202ecod.png', 'gpjcod.png'],
    ['<img src=x onerror=alert(1)>.png', '_img src_x onerror_alert(1)_.png'],
    ['{key}.png', '_key_.png'],
    ['a   \t b.png ', 'a b.png'],
    ['trailing.', 'trailing'],
    ['\ud800.png', 'png'],
    ['C:\\cat.png', 'cat.png'],
    ['e\u0301.png', '\u00e9.png'],
  ] as const) {
    assert.equal(cleanFileName(hostile), harmless, JSON.stringify(hostile));
  }
});

test('an over-long name is cut between characters and keeps its extension', () => {
  const cut = cleanFileName(`${'猫'.repeat(500)}.jpeg`);
  assert.ok(Buffer.byteLength(cut) <= 180);
  assert.match(cut, /^猫+\.jpeg$/);
  assert.ok(Buffer.byteLength(cleanFileName(`x.${'y'.repeat(5000)}`)) <= 180);
});

test('whatever the name, what comes out is one plain, short segment of a key, and cleaning it again changes nothing', () => {
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 300 }));
  fc.assert(
    fc.property(name, (said) => {
      const clean = cleanFileName(said);
      assert.ok(clean.length > 0 && Buffer.byteLength(clean) <= 180);
      assert.doesNotMatch(clean, /[/\\%<>"'`{}\p{C}]/u);
      assert.doesNotMatch(clean, /^[. ]|[. ]$/);
      assert.ok(clean.isWellFormed());
      assert.equal(cleanFileName(clean), clean);
    }),
    { numRuns: 500 },
  );
});

test('a name is given out once', () => {
  const reservations = reserveKeys(60_000);
  assert.ok(reservations.take('b/k'));
  assert.ok(!reservations.take('b/k'));
  assert.ok(reservations.take('b/k2'));
});
