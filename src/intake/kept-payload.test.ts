import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptPayload } from './kept-payload.ts';

test('64 KiB of a message are kept, in whole characters', () => {
  assert.equal(keptPayload('x'.repeat(65_536)), 'x'.repeat(65_536));
  assert.equal(keptPayload('x'.repeat(65_537)), 'x'.repeat(65_536));
  assert.equal(keptPayload(`a${'😀'.repeat(20_000)}`), `a${'😀'.repeat(16_383)}`);
  assert.equal(keptPayload(''), '');
});

test('what PostgreSQL cannot hold is replaced', () => {
  assert.equal(keptPayload('tick\0 \ud83d'), 'tick\ufffd \ufffd');
});
