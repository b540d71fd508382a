import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { printableLine, printableName, printableText, quoteForShell } from './printable.ts';

/** What shells and terminals care about, among everything else. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'\n\r\t\u001b\u0007\u0000\u007f\u0085\u009b\u202e\u2028\ufeff\'"\\$`!*?~ abü漢'),
    fc.constantFrom('\ud83d\ude00', '\u{e0001}', '\ud800'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }),
  ),
});

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test('nothing that a terminal acts on is printed, whatever the text', () => {
  fc.assert(
    fc.property(text, (said) => {
      assert.doesNotMatch(printableName(said), UNSAFE);
      assert.doesNotMatch(printableLine(said), UNSAFE);
      assert.doesNotMatch(printableText(said).replaceAll('\n', ''), UNSAFE);
      assert.equal(printableText(said).split('\n').length, said.split('\n').length);
    }),
  );
});

/** The words of a command line as a shell reads them. */
function read(shell: string, words: string[]): string[] {
  const script = `printf '%s\\0' ${words.join(' ')}`;
  // Behind a socket bash takes itself for a remote shell, and reads the user's settings.
  const { stdout, stderr } = spawnSync(shell, ['-c', script], { env: { LC_ALL: 'C.UTF-8' }, stdio: ['ignore', 'pipe', 'pipe'] });
  assert.equal(stderr.toString(), '');
  return stdout.toString().split('\0').slice(0, -1);
}

/** No word of a shell holds NUL, and half a surrogate pair has no bytes. */
const samples = fc.sample(text, { numRuns: 500, seed: 7 }).map((said) => said.replaceAll('\0', '').toWellFormed());

test('bash reads a printed name as the name it was', (t) => {
  if (spawnSync('bash', ['--version']).status !== 0) return t.skip('needs bash');
  assert.deepEqual(read('bash', samples.map(printableName)), samples);
});

test('every POSIX shell reads a quoted text as the text it was', () => {
  assert.deepEqual(read('sh', samples.map(quoteForShell)), samples);
});

test('a plain name is printed as it is, and one with blanks in quotes', () => {
  assert.equal(printableName('pictures/2026/Käse-1_a+b.jpg'), 'pictures/2026/Käse-1_a+b.jpg');
  assert.equal(printableName("it's here.jpg"), "'it'\\''s here.jpg'");
  assert.equal(printableName('a\nb\u001b[31m'), "$'a\\nb\\x1b[31m'");
  assert.equal(printableName('\u202egpj.exe'), "$'\\u202egpj.exe'");
  assert.equal(printableName(''), "''");
});
