import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memo } from './memo.ts';

test('those who ask at once share one answer, and the next asks anew when it is old', async () => {
  let asked = 0;
  const ask = memo(0, async () => ++asked);
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
  while ((await ask()) === 1);
  assert.equal(asked, 2);
});

test('an answer is kept while it is fresh', async () => {
  let asked = 0;
  const ask = memo(60_000, async () => ++asked);
  assert.deepEqual([await ask(), await ask()], [1, 1]);
});

test('a failure is told to all who waited, and not kept', async () => {
  let asked = 0;
  const ask = memo(60_000, async () => {
    if (++asked === 1) throw new Error('away');
    return asked;
  });
  const answers = await Promise.allSettled([ask(), ask()]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(await ask(), 2);
});
