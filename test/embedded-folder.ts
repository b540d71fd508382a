// What tests of the built-in PostgreSQL share: folders that vanish with their server, a log to read, a program to kill.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Log } from '../src/domain/ports.ts';
import { clientConfig, type DatabaseAddress } from '../src/ledger/database.ts';
import { startEmbedded } from '../src/ledger/embedded.ts';

/**
 * A folder that is removed after the test; so is a server which the test has left running on it.
 * `missing` does not exist yet, `made` is a copy of one that was used once, which is quicker than a first start.
 */
export async function temporaryFolder(t: TestContext, state: 'missing' | 'made' = 'missing'): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'pixmill-embedded-'));
  const folder = join(parent, 'postgres');
  if (state === 'made') {
    model ??= makeModel();
    execFileSync('cp', ['-a', await model, folder]);
  }
  t.after(async () => {
    const pid = Number.parseInt(await readFile(join(folder, 'cluster/data/postmaster.pid'), 'utf8').catch(() => ''), 10);
    if (pid && (await serverPids()).includes(pid)) process.kill(pid, 'SIGQUIT');
    await rm(parent, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
  });
  return folder;
}

let model: Promise<string> | undefined;

async function makeModel(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'pixmill-embedded-'));
  process.once('exit', () => rmSync(parent, { recursive: true }));
  const server = await startEmbedded(join(parent, 'postgres'), recordLog());
  await server.stop();
  return join(parent, 'postgres');
}

async function serverPids(): Promise<number[]> {
  const shown = spawn('ps', ['-A', '-o', 'pid=,comm='], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of shown.stdout) text += chunk;
  return [...text.matchAll(/^\s*(\d+) .*postgres$/gm)].map((match) => Number(match[1]));
}

export interface RecordedLog extends Log {
  lines: { level: string; data: object; message: string }[];
}

export function recordLog(): RecordedLog {
  const lines: RecordedLog['lines'] = [];
  const at = (level: string) => (data: object, message: string) => void lines.push({ level, data, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** One statement on a connection of its own. */
export async function ask(address: DatabaseAddress, statement: string): Promise<Record<string, unknown>> {
  const client = new pg.Client(clientConfig(address));
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows[0] ?? {};
  } finally {
    await client.end();
  }
}

/** Waits until an attempt succeeds; its last error is thrown where it does not within ten seconds. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + 10_000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(10);
    }
  }
}

export interface Program {
  child: ChildProcess;
  serverPid: number;
  address: DatabaseAddress;
}

/** Another process that starts a server on the folder, and where told to also holds the folder; then it lives until it is killed. */
export async function startProgram(folder: string, hold: 'hold' | 'share'): Promise<Program> {
  const script = fileURLToPath(new URL('embedded-program.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder, hold], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout }))
    return { child, ...(JSON.parse(line) as Omit<Program, 'child'>) };
  throw new Error('the program ended without a server');
}

/** Ends a program the hard way and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
