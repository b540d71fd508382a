import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, eventually, kill, recordLog, startProgram, temporaryFolder } from '../../test/embedded-folder.ts';
import { createTestDatabase } from '../../test/postgres.ts';
import type { Fault } from '../domain/fault.ts';
import { startEmbedded } from './embedded.ts';
import { holdFolder } from './embedded-hold.ts';

const LOCKS = `SELECT count(*)::int AS held FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const SESSIONS = `SELECT count(*)::int AS others FROM pg_stat_activity WHERE application_name LIKE 'pixmill %' AND pid <> pg_backend_pid()`;

test('a second program on the same folder is refused with the pid of the first, and admitted after its release', async () => {
  const { address, drop } = await createTestDatabase();
  const first = await holdFolder(address);
  await assert.rejects(holdFolder(address), (fault: Fault) => {
    assert.equal(fault.code, 'conflict');
    assert.equal(fault.message, `another Pixmill is already running on this data folder (pid ${process.pid})`);
    return true;
  });
  await first.release();
  await (await holdFolder(address)).release();
  await drop();
});

test('folders do not hinder each other', async () => {
  const databases = [await createTestDatabase(), await createTestDatabase()];
  const holds = await Promise.all(databases.map(({ address }) => holdFolder(address)));
  await Promise.all(holds.map((hold) => hold.release()));
  await Promise.all(databases.map(({ drop }) => drop()));
});

test('a killed holder does not hold any more', async (t) => {
  const folder = await temporaryFolder(t, 'made');
  const { child } = await startProgram(folder, 'hold');
  const server = await startEmbedded(folder, recordLog());
  await assert.rejects(holdFolder(server.address), {
    message: `another Pixmill is already running on this data folder (pid ${child.pid})`,
  });
  await kill(child);
  await (await holdFolder(server.address)).release();
  await server.stop();
});

test('a server that goes away meanwhile is a fault that may pass', async (t) => {
  const server = await startEmbedded(await temporaryFolder(t, 'made'), recordLog());
  const hold = await holdFolder(server.address);
  const refused = assert.rejects(holdFolder(server.address), { name: 'Fault', code: 'unavailable', transient: true });
  await eventually(async () => assert.deepEqual(await ask(server.address, SESSIONS), { others: 2 }));
  await server.stop();
  await refused;
  await hold.release();
});

test('a hold outlives a restart of the server', async (t) => {
  const server = await startEmbedded(await temporaryFolder(t, 'made'), recordLog());
  const hold = await holdFolder(server.address, (fault) => assert.fail(fault));
  process.kill(server.pid, 'SIGKILL');
  await eventually(async () => assert.deepEqual(await ask(server.address, LOCKS), { held: 1 }));
  await assert.rejects(holdFolder(server.address), { code: 'conflict' });
  await hold.release();
  assert.deepEqual(await eventually(() => ask(server.address, LOCKS)), { held: 0 });
  await server.stop();
});

test('a holder whose place was taken while its connection was broken is told', async () => {
  const { address, drop } = await createTestDatabase();
  const told = Promise.withResolvers<Fault>();
  const first = await holdFolder(address, told.resolve);
  // Waits in line for the lock, so that it is next whatever the first does.
  const taken = ask(address, 'SELECT pg_advisory_lock(31641163344211052), pg_sleep(60)').catch(() => {});
  await eventually(async () => assert.deepEqual(await ask(address, LOCKS), { held: 2 }));
  await ask(address, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted`);
  assert.equal((await told.promise).code, 'conflict');
  await first.release();
  await drop();
  await taken;
});
