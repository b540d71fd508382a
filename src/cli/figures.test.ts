import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatDuration, formatTable } from './figures.ts';

test('bytes have three figures in every unit', () => {
  const said = [0, 999, 1000, 9_994, 9_996, 12_345, 99_949, 99_951, 999_499, 999_501, 1_500_000, 7e12, 7e15].map(formatBytes);
  const expected = ['0 B', '999 B', '1.00 kB', '9.99 kB', '10.0 kB', '12.3 kB', '99.9 kB', '100 kB', '999 kB', '1.00 MB'];
  assert.deepEqual(said, [...expected, '1.50 MB', '7.00 TB', '7000 TB']);
});

test('durations change their unit where the smaller one runs over', () => {
  const said = [0, 999, 1000, 59_940, 59_960, 61_000, 3_599_400, 3_600_000, 7_530_000].map(formatDuration);
  assert.deepEqual(said, [
    '0 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 0 s',
    '1 min 1 s',
    '59 min 59 s',
    '1 h 0 min',
    '2 h 5 min',
  ]);
});

test('columns line up behind wide letters, marks and colours', () => {
  const table = formatTable(
    [
      ['漢字', 'x', '1'],
      ['\u001b[31mabc\u001b[39m', 'yy', '22'],
      ['e\u0301', '', '333'],
    ],
    { right: [2] },
  );
  assert.equal(table, '漢字  x     1\n\u001b[31mabc\u001b[39m   yy   22\ne\u0301         333');
});
