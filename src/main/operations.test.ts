// What docs/operations.md says of tries and pauses is what the code does.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatDuration } from '../cli/figures.ts';
import { FAILURE_CLASSES } from '../domain/fault.ts';
import { HEARTBEAT_SECONDS, MAX_ATTEMPTS, pauseBehind } from '../queue/queue.ts';
import { TRIES } from '../reconcile/reconcile.ts';
import { packageFolder } from './package.ts';
import { LONGEST_PAUSE, TRIES as TRIES_OF_RUNS } from './runs.ts';

const text = await readFile(join(packageFolder(), 'docs/operations.md'), 'utf8');

/** Tries and pauses, as the rows of a class say. */
function told(name: string): string[] {
  const rows = text.split('\n').filter((line) => line.startsWith(`| \`${name}\` | `));
  return rows.map((row) =>
    row
      .split('|')
      .slice(3, 5)
      .map((cell) => cell.trim())
      .join(', ')
      .replace(/, $/, ''),
  );
}

function pauses(tries: number): string {
  const all = Array.from({ length: tries - 1 }, (_, index) => pauseBehind(index + 1));
  const sum = (which: 'least' | 'most') => formatDuration(all.reduce((total, pause) => total + pause[which] * 1000, 0));
  return `${tries}, ${sum('least')} to ${sum('most')}`;
}

test('each class of failures is told with its tries and its pauses', () => {
  const { store_unavailable = 0, unavailable, changed = 0, internal = 0, timeout = 0 } = TRIES;
  assert.equal(unavailable, store_unavailable, 'they are one class');
  const expected = {
    timeout: [pauses(timeout)],
    store_unavailable: [pauses(store_unavailable)],
    internal: [pauses(changed), pauses(internal), pauses(MAX_ATTEMPTS + 1)],
  };
  for (const name of FAILURE_CLASSES) {
    assert.deepEqual(told(name), (expected as Record<string, string[]>)[name] ?? ['once'], name);
  }
  assert.equal(Object.keys(TRIES).length, 5, 'a code that is tried again is told of');
});

test('the silence of a dead worker and the tries of a run are told', () => {
  assert.match(text, new RegExp(`nothing was heard of it for ${HEARTBEAT_SECONDS} seconds`));
  let seconds = 0;
  for (let tries = 1; tries < TRIES_OF_RUNS; tries++) seconds += Math.min(2 ** tries, LONGEST_PAUSE);
  assert.match(text, new RegExp(`tried ${TRIES_OF_RUNS} times, with ${formatDuration(seconds * 1000)} of pauses`));
});
