import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'node:test';
import pg from 'pg';
import { ask, eventually, kill, recordLog, startProgram, temporaryFolder } from '../../test/embedded-folder.ts';
import { clientConfig } from './database.ts';
import { startEmbedded } from './embedded.ts';
import { findBinaries } from './embedded-binaries.ts';
import { openFolder } from './embedded-cluster.ts';
import { launch } from './embedded-postmaster.ts';

const log = recordLog();

/** A process of the server's user that is no server: its pid is what a stale lock file may name after a reboot. */
async function bystander(t: test.TestContext, folder: string): Promise<number> {
  const { uid, gid } = await stat(folder);
  const child = spawn('sleep', ['600'], { stdio: 'ignore', ...(process.geteuid?.() === 0 ? { uid, gid } : {}) });
  t.after(() => child.kill());
  await once(child, 'spawn');
  return child.pid as number;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a server that shuts down is waited for', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const { child, serverPid, address } = await startProgram(folder, 'share');
  await kill(child);
  const client = new pg.Client(clientConfig(address));
  await client.connect();
  // A smart shutdown lasts as long as there are clients.
  process.kill(serverPid, 'SIGTERM');
  await eventually(async () => assert.match(await readFile(join(folder, 'cluster/data/postmaster.pid'), 'utf8'), /stopping/));
  const waiting = startEmbedded(folder, log);
  await client.query('SELECT 1');
  await client.end();
  const server = await waiting;
  assert.notEqual(server.pid, serverPid);
  assert.deepEqual(await ask(server.address, 'SELECT 1 AS one'), { one: 1 });
  await server.stop();
});

test('a server that was killed is recovered at the next start', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const { child, serverPid } = await startProgram(folder, 'share');
  await kill(child);
  process.kill(serverPid, 'SIGKILL');
  const server = await startEmbedded(folder, log);
  assert.equal(server.adopted, false);
  await server.stop();
});

test('processes of a killed server that have not ended yet are waited for', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const { child, serverPid, address } = await startProgram(folder, 'share');
  await kill(child);
  const client = new pg.Client(clientConfig(address));
  client.on('error', () => {});
  await client.connect();
  const backend = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  process.kill(backend, 'SIGSTOP');
  process.kill(serverPid, 'SIGKILL');
  const starting = startEmbedded(folder, log);
  await eventually(async () => assert.match(await readFile(join(folder, 'server.log'), 'utf8'), /still in use/));
  process.kill(backend, 'SIGCONT');
  const server = await starting;
  assert.deepEqual(await ask(server.address, 'SELECT 1 AS one'), { one: 1 });
  await server.stop();
});

for (const [what, lock] of [
  ['the pid of another process', (pid: number) => `${pid}\n/elsewhere\n1\n5432\n/elsewhere\n\n0 0\nready   \n`],
  ['nothing, since the disk was full', () => ''],
  ['garbage', () => 'garbage\n'],
] as const) {
  test(`lock files of a dead server that hold ${what} do not prevent the start`, async (t) => {
    const folder = await temporaryFolder(t, 'made');
    const pid = await bystander(t, folder);
    const longAgo = new Date('2026-01-01');
    for (const file of ['cluster/data/postmaster.pid', 'socket/.s.PGSQL.5432.lock']) {
      await writeFile(join(folder, file), lock(pid), { mode: 0o600 });
      await utimes(join(folder, file), longAgo, longAgo);
    }
    const server = await startEmbedded(folder, log);
    assert.equal(server.adopted, false);
    assert.equal(isAlive(pid), true, 'the other process was left alone');
    await server.stop();
  });
}

test('two first starts on one folder at the same time share one server', async (t) => {
  const folder = await temporaryFolder(t);
  const servers = await Promise.all([startEmbedded(folder, log), startEmbedded(folder, log)]);
  assert.equal(servers[0].pid, servers[1].pid);
  assert.deepEqual(servers.map(({ adopted }) => adopted).sort(), [false, true]);
  assert.deepEqual((await readdir(folder)).sort(), ['cluster', 'server.log', 'socket']);
  await Promise.all(servers.map((server) => server.stop()));
});

test('a folder that was moved under its running server is served again from its new place', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const { child, serverPid } = await startProgram(folder, 'share');
  await kill(child);
  const moved = join(dirname(folder), 'moved');
  await rename(folder, moved);
  const server = await startEmbedded(moved, log);
  assert.deepEqual(await ask(server.address, 'SELECT 1 AS one'), { one: 1 });
  await eventually(async () => assert.equal(isAlive(serverPid), false));
  await server.stop();
});

test('a server whose programs were replaced under it is replaced too', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const binaries = await findBinaries();
  const copy = join(dirname(folder), 'native');
  await cp(join(dirname(binaries.postgres), '..'), copy, { recursive: true, verbatimSymlinks: true });
  await chmod(dirname(folder), 0o755);
  const { uid, gid } = await stat(folder);
  const account = { uid, gid, way: process.geteuid?.() === 0 ? 'plain' : 'same' } as const;
  const old = await launch(
    await openFolder(folder),
    account,
    { ...binaries, postgres: join(copy, 'bin/postgres') },
    join(folder, 'socket'),
  );
  await eventually(async () => assert.match(await readFile(join(folder, 'cluster/data/postmaster.pid'), 'utf8'), /ready/));
  await rm(copy, { recursive: true });
  const server = await startEmbedded(folder, log);
  assert.equal(server.adopted, false);
  assert.equal(old.isGone(), true);
  await server.stop();
});

test('a cluster whose folders a copy has opened to others starts all the same', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  await (await startEmbedded(folder, log)).stop();
  await chmod(join(folder, 'cluster/data'), 0o755);
  await (await startEmbedded(folder, log)).stop();
});
