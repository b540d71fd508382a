import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from './load.ts';

const root = resolve(import.meta.dirname, '../..');
const examples = readdirSync(resolve(root, 'examples')).map((name) => `examples/${name}/pixmill.config.ts`);

for (const file of ['pixmill.config.ts', ...examples]) {
  test(`${file} is a valid configuration`, async () => {
    const { pipelines } = await loadConfig(file, root, () => 'any');
    assert.ok(pipelines.length > 0);
  });
}
