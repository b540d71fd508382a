import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileOutput, FileSource } from '../../api/types.ts';
import { driftOf, noteOf, presence } from './place-words.ts';

const at = '2026-01-01T00:00:00.000Z';
const there = { present: true, etag: 'a', size: 1, modifiedAt: at, missing: false, drift: false };
const away = { present: false, etag: null, size: null, modifiedAt: null, missing: false, drift: false };
const known = (state: NonNullable<FileSource['recorded']>['state']) => ({ state, etag: 'a', size: 1, modifiedAt: at });
const named = { pipeline: 'p', name: 'r', declared: true, bucket: 'out', key: 'a.webp' };
const made = { etag: 'a', size: 1, madeAt: at };

const words = (place: FileSource | FileOutput) => [presence(place).word, driftOf(place), noteOf(place)];

test('what is where it should be is present, and nothing more is said of it', () => {
  assert.deepEqual(words({ ...there, recorded: known('done') }), ['Present', undefined, undefined]);
  assert.deepEqual(words({ ...named, ...there, recorded: made }), ['Present', undefined, undefined]);
});

test('what should be there and is not is bad, and what need not be there is not', () => {
  const missing = { ...named, ...away, missing: true, recorded: null };
  assert.deepEqual([presence(missing).tone, ...words(missing)], ['bad', 'Not found', undefined, 'not made']);
  const delivered = { ...away, recorded: known('delivered') };
  assert.deepEqual([presence(delivered).tone, ...words(delivered)], ['soft', 'Not found', undefined, 'delivered, then deleted']);
  assert.deepEqual(words({ ...named, ...away, recorded: null }), ['Not found', undefined, undefined]);
});

test('drift says in which way store and ledger differ', () => {
  const drift = true;
  assert.equal(driftOf({ ...named, ...away, missing: true, drift, recorded: made }), 'the ledger has it');
  assert.equal(driftOf({ ...named, ...there, drift, recorded: null }), 'the ledger does not have it');
  assert.equal(driftOf({ ...named, ...there, drift, recorded: { ...made, etag: 'b' } }), 'the ledger has another version');
  assert.equal(driftOf({ ...there, drift, recorded: known('gone') }), 'the ledger says it was deleted');
});
