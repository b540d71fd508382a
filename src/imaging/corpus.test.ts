// Runs over a folder of real pictures, good and broken, where one is found beside the checkout or PIXMILL_CORPUS names it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { LIMITS, recipeOf, resizeOf, silentLog, targetOf } from '../../test/fixtures/imaging.ts';
import { FAILURE_CLASSES, Fault } from '../domain/fault.ts';
import { openImaging } from './imaging.ts';

const folder = process.env.PIXMILL_CORPUS ?? resolve(import.meta.dirname, '../../../shared/corpus');

const TARGETS = [
  targetOf(recipeOf({ format: 'webp', resize: resizeOf({ width: 256, height: 256 }) }), 'thumb'),
  targetOf(recipeOf({ format: 'same', negate: true, animated: true }), 'negative'),
  targetOf(
    recipeOf({ format: 'jpeg', resize: resizeOf({ width: 200, height: 200, fit: 'cover', gravity: 'attention' }) }),
    'square',
  ),
];

test('every file renders, or fails for a named reason, and no process dies of it', { skip: !existsSync(folder) }, async (t) => {
  const deaths: object[] = [];
  const log = { ...silentLog, warn: (data: object) => deaths.push(data) };
  const imaging = await openImaging({ limits: { ...LIMITS, ms: 60_000 }, watermarks: new Map(), log });
  t.after(() => imaging.stop());
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };

  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const queue = files.map((entry) => join(entry.parentPath, entry.name));
  const next = async (): Promise<void> => {
    for (let file = queue.pop(); file; file = queue.pop()) {
      try {
        const { outputs, faults } = await imaging.render(readFileSync(file), TARGETS);
        assert.equal(outputs.length + faults.length, TARGETS.length, file);
        count(faults.length === 0 ? 'rendered' : 'rendered in part');
        for (const { id, code, message } of faults) t.diagnostic(`${file}: ${id}: ${code}: ${message}`);
      } catch (error) {
        assert.ok(error instanceof Fault, file);
        assert.ok(
          (FAILURE_CLASSES as readonly string[]).includes(error.code) && error.code !== 'internal',
          `${file}: ${error.message}`,
        );
        count(error.code);
        t.diagnostic(`${file}: ${error.code}: ${error.message} [${error.cause ?? ''}]`);
      }
    }
  };
  await Promise.all(Array.from({ length: imaging.slots }, next));
  t.diagnostic(`${files.length} files: ${JSON.stringify(counts)}`);
  assert.deepEqual(deaths, []);
});
