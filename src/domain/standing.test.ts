import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OriginalState } from './plan.ts';
import { standingOfOutput, standingOfSource } from './standing.ts';

const here = { etag: 'v1' };
const FINE = { missing: false, drift: false };
const DRIFT = { missing: false, drift: true };
const MISSING = { missing: true, drift: false };
const LOST = { missing: true, drift: true };

test('an original is as the ledger says, or store and ledger differ', () => {
  const of = (state: OriginalState, etag: string | null = 'v1') => ({ state, etag });
  for (const state of ['done', 'failed'] as const) {
    assert.deepEqual(standingOfSource(here, of(state)), FINE, state);
    assert.deepEqual(standingOfSource({ etag: 'v2' }, of(state)), DRIFT, state);
    assert.deepEqual(standingOfSource(undefined, of(state)), LOST, state);
  }
  for (const state of ['gone', 'delivered'] as const) {
    assert.deepEqual(standingOfSource(undefined, of(state)), FINE, state);
    assert.deepEqual(standingOfSource(here, of(state)), DRIFT, state);
  }
  assert.deepEqual(standingOfSource(here, undefined), DRIFT);
});

test('of a pending original the ledger claims nothing', () => {
  for (const etag of ['v1', 'v0', null]) {
    assert.deepEqual(standingOfSource(here, { state: 'pending', etag }), FINE);
    assert.deepEqual(standingOfSource(undefined, { state: 'pending', etag }), MISSING);
  }
});

test('an output is missing where it is recorded or wanted, and differs where the ledger says something else', () => {
  for (const wanted of [true, false]) {
    assert.deepEqual(standingOfOutput(here, here, wanted), FINE);
    assert.deepEqual(standingOfOutput({ etag: 'v2' }, here, wanted), DRIFT);
    assert.deepEqual(standingOfOutput(here, undefined, wanted), DRIFT);
    assert.deepEqual(standingOfOutput(undefined, here, wanted), LOST);
    assert.deepEqual(standingOfOutput(undefined, undefined, wanted), wanted ? MISSING : FINE);
  }
});
