import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { ask, recordLog, temporaryFolder } from '../../test/embedded-folder.ts';
import type { Fault } from '../domain/fault.ts';
import { startEmbedded } from './embedded.ts';
import { chooseAccount, reachable } from './embedded-account.ts';
import { findBinaries } from './embedded-binaries.ts';
import { createCluster, openFolder } from './embedded-cluster.ts';

const log = recordLog();
const isRoot = process.geteuid?.() === 0;
const ORDINARY = 65_534;

/** The fault of a start that must fail, and proof that it has left no server. */
async function faultOfStart(folder: string): Promise<Fault> {
  const fault = await startEmbedded(folder, log).then(
    async (server) => {
      await server.stop();
      return assert.fail('the server started');
    },
    (fault: Fault) => fault,
  );
  assert.equal(fault.name, 'Fault', String(fault.stack));
  assert.ok(fault.mend);
  return fault;
}

/** A folder that is a small file system in memory; nothing where we may not mount one. */
async function smallDisk(t: test.TestContext, size: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-disk-'));
  const mounted = isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status === 0;
  t.after(async () => {
    if (mounted) execFileSync('umount', ['-l', folder]);
    await rm(folder, { recursive: true });
  });
  return mounted ? folder : undefined;
}

test('what a killed first start has left is removed, unless it is still at work', async (t) => {
  const folder = await temporaryFolder(t);
  const dead = spawnSync('true').pid;
  await mkdir(join(folder, `.new-${dead}-0123abcd`, 'data'), { recursive: true });
  await mkdir(join(folder, `.new-${process.ppid}-0123abcd`, 'data'), { recursive: true });
  const server = await startEmbedded(folder, log);
  assert.deepEqual((await readdir(folder)).sort(), [`.new-${process.ppid}-0123abcd`, 'cluster', 'server.log', 'socket']);
  await server.stop();
});

test('a folder of another major version is refused with the way through a dump', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const { major } = await findBinaries();
  for (const version of [major - 1, major + 1]) {
    await writeFile(join(folder, 'cluster/data/PG_VERSION'), `${version}\n`);
    const fault = await faultOfStart(folder);
    assert.match(fault.message, new RegExp(`written by PostgreSQL ${version}, and this Pixmill brings PostgreSQL ${major}`));
    assert.match(fault.mend ?? '', version > major ? /newer Pixmill.*pg_dump/ : /^dump.*pg_dump/);
  }
});

test('a folder of something else is refused and left as it is', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(folder);
  await writeFile(join(folder, 'letter.txt'), '');
  const fault = await faultOfStart(folder);
  assert.equal(fault.code, 'conflict');
  assert.match(fault.message, /letter\.txt/);
  assert.deepEqual(await readdir(folder), ['letter.txt']);
});

test('a cluster that is none, or lost its password, is refused', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  await rm(join(folder, 'cluster/password'));
  assert.match((await faultOfStart(folder)).message, /password file .* is missing/);
  await writeFile(join(folder, 'cluster/password'), 'another\n');
  assert.match((await faultOfStart(folder)).message, /not the one of the database/);
  await rm(join(folder, 'cluster/data'), { recursive: true });
  assert.match((await faultOfStart(folder)).message, /not a PostgreSQL cluster/);
});

test('a file where the folder should be is named', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(folder, '');
  assert.match((await faultOfStart(folder)).message, new RegExp(folder));
});

test('a folder that may not be written is refused', { skip: isRoot && 'root may write everywhere' }, async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(folder, { mode: 0o500 });
  assert.equal((await faultOfStart(folder)).code, 'denied');
  await chmod(dirname(folder), 0o500);
  assert.equal((await faultOfStart(join(dirname(folder), 'other'))).code, 'denied');
  await chmod(dirname(folder), 0o700);
});

test("somebody else's cluster is refused with the owner's number", {
  skip: !isRoot && 'only root can give folders away',
}, async (t) => {
  const folder = await temporaryFolder(t, 'made');
  await chmod(dirname(folder), 0o755);
  await chmod(folder, 0o755);
  const script = fileURLToPath(new URL('../../test/embedded-program.ts', import.meta.url));
  const { stderr, error } = spawnSync(process.execPath, [script, folder], { uid: ORDINARY, gid: ORDINARY, encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'EACCES') return t.skip('the installation is closed to other users');
  assert.match(stderr, /belongs to user \d+, and Pixmill runs as user 65534/);
});

test('as root the server runs as the owner of the folder', { skip: !isRoot && 'only root can give folders away' }, async (t) => {
  const folder = await temporaryFolder(t);
  await chmod(dirname(folder), 0o711);
  await mkdir(folder);
  await chown(folder, ORDINARY, ORDINARY);
  const server = await startEmbedded(folder, log);
  assert.equal((await lstat(join(folder, 'cluster/data'))).uid, ORDINARY);
  assert.equal((await lstat(`/proc/${server.pid}`)).uid, ORDINARY);
  await server.stop();
});

test('as root a cluster that root has come to own is given back', {
  skip: !isRoot && 'only root can give folders away',
}, async (t) => {
  const folder = await temporaryFolder(t, 'made');
  execFileSync('chown', ['-R', '0:0', folder]);
  const server = await startEmbedded(folder, log);
  assert.deepEqual(await ask(server.address, 'SELECT 1 AS one'), { one: 1 });
  assert.notEqual((await lstat(join(folder, 'cluster/data/base'))).uid, 0);
  await server.stop();
});

test('as root data and installation may lie where only root may enter', { skip: !isRoot && 'not root' }, async (t) => {
  const folder = await temporaryFolder(t);
  // The parent that mkdtemp makes is root's alone.
  assert.equal((await lstat(dirname(folder))).mode & 0o777, 0o700);
  const server = await startEmbedded(folder, log);
  assert.deepEqual(await ask(server.address, 'SELECT 1 AS one'), { one: 1 });
  await server.stop();
  assert.notEqual((await lstat(folder)).uid, 0);

  const open = await findBinaries();
  const native = join(dirname(folder), 'native');
  await cp(join(dirname(open.postgres), '..'), native, { recursive: true, verbatimSymlinks: true });
  const [postgres, initdb] = ['postgres', 'initdb'].map((name) => join(native, 'bin', name)) as [string, string];
  const closed = { ...open, postgres, initdb, catalogue: join(native, 'share/postgresql/postgres.bki') };
  await rm(join(folder, 'cluster'), { recursive: true });
  const account = await reachable(await chooseAccount(folder), folder, closed);
  assert.equal(account.way, 'setpriv');
  await createCluster(await openFolder(folder), account, closed);
  await (await startEmbedded(folder, log)).stop();
});

test('a disk too small for a first start is named, and nothing half-made stays', async (t) => {
  const folder = await smallDisk(t, '8m');
  if (!folder) return t.skip('mounting is not allowed');
  const fault = await faultOfStart(folder);
  assert.equal(fault.code, 'unavailable');
  assert.equal(fault.message, `the disk that holds ${folder} is full`);
  assert.deepEqual(await readdir(folder), []);
});

test('a disk that is full at a later start is named, and with space again all is well', async (t) => {
  const folder = await smallDisk(t, '96m');
  if (!folder) return t.skip('mounting is not allowed');
  await (await startEmbedded(folder, log)).stop();
  const filler = join(folder, 'filler');
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
  const fault = await faultOfStart(folder);
  assert.equal(fault.message, `the disk that holds ${folder} is full`);
  await rm(filler);
  await (await startEmbedded(folder, log)).stop();
});

test('a disk that is mounted read-only is named', async (t) => {
  const folder = await smallDisk(t, '96m');
  if (!folder) return t.skip('mounting is not allowed');
  await (await startEmbedded(folder, log)).stop();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const fault = await faultOfStart(folder);
  assert.equal(fault.code, 'denied');
  assert.match(fault.message, /mounted read-only/);
});
