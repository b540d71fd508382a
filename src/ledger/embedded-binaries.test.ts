import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { findBinaries, restoreLinks } from './embedded-binaries.ts';

async function packageFolder(t: test.TestContext, links: { source: string; target: string }[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'pixmill-package-'));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'native/lib'), { recursive: true });
  await writeFile(join(root, 'native/pg-symlinks.json'), JSON.stringify(links));
  return root;
}

test('a platform without binaries is refused with what to do instead', async () => {
  await assert.rejects(findBinaries('sunos', 'sparc'), { code: 'invalid', message: /sunos-sparc/, mend: /DATABASE_URL/ });
});

test('links that an install without scripts has left out are restored, once', async (t) => {
  const root = await packageFolder(t, [
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
    { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' },
  ]);
  await Promise.all([restoreLinks(root, 'some-package'), restoreLinks(root, 'some-package')]);
  await restoreLinks(root, 'some-package');
  assert.deepEqual((await readdir(join(root, 'native/lib'))).sort(), ['libpq.so', 'libpq.so.5']);
  assert.equal(await readlink(join(root, 'native/lib/libpq.so.5')), 'libpq.so.5.18');
});

test('links that cannot be restored name the command that does', async (t) => {
  const root = await packageFolder(t, [{ source: 'native/lib/libpq.so.5.18', target: 'native/missing/libpq.so.5' }]);
  await assert.rejects(restoreLinks(root, 'some-package'), { code: 'invalid', mend: /npm rebuild some-package/ });
});

test('no link is made outside the package', async (t) => {
  const root = await packageFolder(t, [{ source: 'native/lib/libpq.so.5.18', target: '../pixmill-escaped' }]);
  await restoreLinks(root, 'some-package');
  await assert.rejects(readlink(join(root, '../pixmill-escaped')), { code: 'ENOENT' });
});
