import assert from 'node:assert/strict';
import { appendFile, lstat, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { ask, eventually, kill, recordLog, startProgram, temporaryFolder } from '../../test/embedded-folder.ts';
import { openDatabase } from './database.ts';
import { startEmbedded } from './embedded.ts';

const log = recordLog();

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a first start creates the database, the next one finds what was stored', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await startEmbedded(folder, log);
  assert.equal(first.adopted, false);
  await ask(first.address, 'CREATE TABLE kept AS SELECT 7 AS number');
  await first.stop();
  assert.equal(isAlive(first.pid), false);
  const second = await startEmbedded(folder, log);
  assert.deepEqual(await ask(second.address, 'SELECT number FROM kept'), { number: 7 });
  assert.deepEqual(second.address, first.address);
  await second.stop();
});

test('the server is durable, speaks UTF-8, listens on no network and gives the program no superuser', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const server = await startEmbedded(folder, log);
  const names = [
    'fsync',
    'synchronous_commit',
    'full_page_writes',
    'data_checksums',
    'server_encoding',
    'listen_addresses',
    'is_superuser',
  ];
  const shown = await ask(server.address, `SELECT ${names.map((name) => `current_setting('${name}') AS ${name}`).join()}`);
  assert.deepEqual(shown, {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    data_checksums: 'on',
    server_encoding: 'UTF8',
    listen_addresses: '',
    is_superuser: 'off',
  });
  const sorted = await ask(
    server.address,
    `SELECT string_agg(k, ' ' ORDER BY k) AS keys, upper('ä') AS upper FROM unnest('{ä,b,B,a,é}'::text[]) k`,
  );
  assert.deepEqual(sorted, { keys: 'B a b ä é', upper: 'Ä' }, 'keys sort by their bytes, as S3 does, and letters are Unicode');
  assert.equal((await stat(join(folder, 'cluster/password'))).mode & 0o777, 0o600);
  assert.equal((await stat(server.address.host)).mode & 0o777, 0o700);
  await assert.rejects(ask({ ...server.address, password: 'wrong' }, 'SELECT 1'), { code: '28P01' });
  await server.stop();
});

test('a server whose program was killed is taken over, and stopped by whoever took it', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const { child, serverPid } = await startProgram(folder, 'share');
  await kill(child);
  const server = await startEmbedded(folder, log);
  assert.equal(server.adopted, true);
  assert.equal(server.pid, serverPid);
  assert.deepEqual(await ask(server.address, 'SELECT 1 AS one'), { one: 1 });
  await server.stop();
  await eventually(async () => assert.equal(isAlive(serverPid), false));
});

test('a server that dies is started again on the same address, and a pool goes on', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const log = recordLog();
  const server = await startEmbedded(folder, log);
  const { pool, close } = openDatabase(server.address, 2);
  await pool.query('CREATE TABLE kept AS SELECT 7 AS number');
  const before = server.pid;
  process.kill(before, 'SIGKILL');
  await eventually(async () => assert.notEqual(server.pid, before));
  assert.deepEqual((await eventually(() => pool.query('SELECT number FROM kept'))).rows, [{ number: 7 }]);
  assert.deepEqual(
    log.lines.filter(({ level }) => level !== 'info' && level !== 'debug').map(({ level, message }) => `${level}: ${message}`),
    ['error: the built-in PostgreSQL has ended by itself', 'warn: the built-in PostgreSQL is ready again'],
  );
  await close();
  await server.stop();
});

test('an adopted server that dies is started again too', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const { child, serverPid } = await startProgram(folder, 'share');
  await kill(child);
  const server = await startEmbedded(folder, log);
  process.kill(serverPid, 'SIGKILL');
  await eventually(async () => assert.notEqual(server.pid, serverPid));
  assert.deepEqual(await ask(server.address, 'SELECT 1 AS one'), { one: 1 });
  await server.stop();
});

test('a stop during a restart leaves no server behind', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const log = recordLog();
  const server = await startEmbedded(folder, log);
  process.kill(server.pid, 'SIGKILL');
  await eventually(async () => assert.equal(log.lines.at(-1)?.level, 'error'));
  await server.stop();
  await assert.rejects(ask(server.address, 'SELECT 1'));
  const next = await startEmbedded(folder, log);
  assert.equal(next.adopted, false);
  await next.stop();
});

test('a long or odd path is no hindrance', async (t) => {
  for (const name of ['a path, with "signs" % and \\ in it', 'ä'.repeat(60)]) {
    const folder = join(await temporaryFolder(t), name);
    await mkdir(folder, { recursive: true });
    const server = await startEmbedded(folder, log);
    assert.deepEqual(await ask(server.address, 'SELECT 1 AS one'), { one: 1 });
    assert.equal((await lstat(server.address.host)).mode & 0o777, 0o700);
    await server.stop();
  }
});

test("the server's log does not grow without end", async (t) => {
  const folder = await temporaryFolder(t, 'made');
  await (await startEmbedded(folder, log)).stop();
  await appendFile(join(folder, 'server.log'), 'x'.repeat(8_000_000));
  await (await startEmbedded(folder, log)).stop();
  assert.ok((await stat(join(folder, 'server.log'))).size < 100_000);
  assert.ok((await stat(join(folder, 'server.log.1'))).size > 8_000_000);
});
