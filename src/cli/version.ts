// The version of the package that this file belongs to.
import { existsSync, readFileSync } from 'node:fs';

/** Found upwards from here, since the built file lies deeper than its source. */
export function readVersion(): string {
  for (let folder = new URL('./', import.meta.url); ; folder = new URL('../', folder)) {
    const manifest = new URL('package.json', folder);
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
    if (folder.pathname === '/') return 'unknown';
  }
}
