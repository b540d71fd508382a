// What is recorded of a fault can be recorded, whatever the key says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../domain/fault.ts';
import { describeFault } from './records.ts';

test('a reason that is cut inside a character can be recorded all the same', () => {
  // It could not: half a surrogate pair is no JSON to PostgreSQL, so the failure was lost and tried again for ever.
  for (const key of ['😀'.repeat(300), `x${'😀'.repeat(300)}`]) {
    assert.ok(describeFault(new Fault('corrupt', `${key} is no picture`)).isWellFormed());
  }
});
