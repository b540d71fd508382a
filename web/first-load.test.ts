import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';

/** Bytes, gzipped, that a browser may fetch as scripts before anybody does anything. */
const FIRST_LOAD = 200_000;

test('few scripts are fetched before anybody does anything, and none of those that upload', async () => {
  const configFile = `${import.meta.dirname}/vite.config.ts`;
  const { output } = (await build({ configFile, logLevel: 'error', build: { write: false } })) as Rolldown.RolldownOutput;
  const chunks = new Map(output.flatMap((part) => (part.type === 'chunk' ? [[part.fileName, part]] : [])));
  const entry = [...chunks.values()].find(({ isEntry }) => isEntry);
  assert.ok(entry);

  const first = new Set([entry.fileName]);
  // A set grows while it is walked, so imports of imports are met too.
  for (const name of first) for (const imported of chunks.get(name)?.imports ?? []) first.add(imported);
  const bytes = [...first].reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? '').length, 0);
  assert.ok(bytes <= FIRST_LOAD, `${bytes} bytes`);
  const modules = [...first].flatMap((name) => chunks.get(name)?.moduleIds ?? []);
  assert.deepEqual(
    modules.filter((id) => id.includes('@uppy')),
    [],
  );
});
