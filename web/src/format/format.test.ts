import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatSaving } from './bytes.ts';
import { formatAge, formatDuration } from './time.ts';

test('bytes take the unit that leaves at most three digits before the point', () => {
  const shown = [0, 20, 999, 1000, 7_040, 99_400, 999_499, 999_600, 2_797_589, 5_000_000_000].map(formatBytes);
  assert.deepEqual(shown, ['0 B', '20 B', '999 B', '1 kB', '7 kB', '99.4 kB', '999 kB', '1 MB', '2.8 MB', '5 GB']);
});

test('a saving near everything keeps one digit, growth is said as growth, and nothing is compared with nothing', () => {
  assert.equal(formatSaving(1000, 3), '−99.7 %');
  assert.equal(formatSaving(1000, 240), '−76 %');
  assert.equal(formatSaving(1000, 1710), '+71 %');
  assert.equal(formatSaving(10, 200), '×20');
  assert.equal(formatSaving(1000, 1000), '±0 %');
  assert.equal(formatSaving(0, 10), undefined);
});

test('durations are in milliseconds, seconds or minutes', () => {
  assert.deepEqual([0.4, 84, 999.6, 1_440, 59_960, 125_000].map(formatDuration), [
    '< 1 ms',
    '84 ms',
    '1 s',
    '1.4 s',
    '1 min 0 s',
    '2 min 5 s',
  ]);
});

test('an age begins with "just now", also where the clock of the server runs ahead', () => {
  const now = Date.parse('2026-01-01T12:00:00Z');
  const age = (seconds: number) => formatAge(new Date(now - seconds * 1000).toISOString(), now);
  assert.deepEqual([-30, 0, 44].map(age), ['just now', 'just now', 'just now']);
  assert.match(age(50), /^1 min/);
  assert.match(age(7_200), /^2 hr/);
  assert.match(age(3 * 86_400), /^3 days/);
});
