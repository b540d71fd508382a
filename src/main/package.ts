// The package that this file belongs to: its folder and its version.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Found upwards from here, since a built file lies deeper than its source. */
export function packageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error('Pixmill was taken out of its package');
    folder = dirname(folder);
  }
  return folder;
}

export function readVersion(): string {
  return (JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as { version: string }).version;
}
