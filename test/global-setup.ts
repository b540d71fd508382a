// One PostgreSQL server for a whole test run, in a temporary folder: `node --test --test-global-setup=test/global-setup.ts`.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbedded } from '../src/ledger/embedded.ts';

/** Set beforehand, it names a server of yours (a URL, of a role that may create databases), and none is started. */
const SERVER = 'PIXMILL_TEST_POSTGRES';

const PREFIX = 'pixmill-test-';
const LEFT_OVER = /^pixmill-test-(\d+)-/;

const quiet = { debug() {}, info() {}, warn() {}, error: (data: object, message: string) => console.error(message, data) };

let folder: string | undefined;
let server: EmbeddedPostgres | undefined;

export async function globalSetup(): Promise<void> {
  if (process.env[SERVER]) return;
  removeLeftOvers();
  folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  process.once('exit', endAtOnce);
  server = await startEmbedded(folder, quiet);
  await tradeSafetyForSpeed(folder, server);
  const { user, password, host, port } = server.address;
  // Test processes inherit the runner's environment. The path is the database; the query says where the socket is.
  process.env[SERVER] = `postgresql://${user}:${password}@localhost/${user}?host=${encodeURIComponent(host)}&port=${port}`;
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  server = undefined;
  endAtOnce();
}

/** No test outlives a crash of the whole machine, so nothing has to reach the disk. */
async function tradeSafetyForSpeed(folder: string, { address }: EmbeddedPostgres): Promise<void> {
  const password = (await readFile(join(folder, 'cluster', 'password'), 'utf8')).trim();
  const client = new pg.Client({ ...address, user: 'postgres', database: 'postgres', password });
  await client.connect();
  await client.query('ALTER SYSTEM SET fsync = off');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}

/** Also runs where the run was interrupted and nobody called the teardown. */
function endAtOnce(): void {
  if (server) process.kill(server.pid, 'SIGQUIT');
  if (folder) rmSync(folder, { recursive: true, force: true });
}

/** Of runs that were killed. A server ends by itself within a minute of finding its folder gone. */
function removeLeftOvers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(name.match(LEFT_OVER)?.[1]);
    if (pid && !isRunning(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
