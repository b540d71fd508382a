// Starts the whole program as a child process on a data folder of its own, as a person would, and speaks to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';

const ROOT = resolve(import.meta.dirname, '..');

/** Longest wait for a start, in milliseconds: the first one on a slow machine creates a database cluster. */
const START_MS = 60_000;

export interface Program {
  url: string;
  token: string;
  s3: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string };
  /** Everything it wrote to stdout and stderr so far. */
  output(): string;
  pid: number;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL, as a crash or the kernel would. */
  kill(): Promise<void>;
  /** An API request with the program's own token. */
  api(path: string, init?: RequestInit): Promise<Response>;
  client(): S3Client;
}

export async function createDataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'pixmill-data-'));
}

export async function removeDataFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * @param environment added to the child's environment; ports are free ones unless it says otherwise
 * @param through a command that runs the command behind it as the same process, with its arguments
 */
export async function startProgram(data: string, environment: NodeJS.ProcessEnv = {}, through: string[] = []): Promise<Program> {
  const [command = '', ...args] = [...through, process.execPath, join(ROOT, 'src/cli/pixmill.ts'), 'serve'];
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', PIXMILL_S3_PORT: '0', PIXMILL_DATA: data, LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ready = new Promise<void>((resolveReady, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk;
      // The one line with both addresses.
      if (/http:\/\/\S+.*http:\/\/\S+/.test(output)) resolveReady();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`the program ended with ${code} before it was ready:\n${output}`)));
    setTimeout(() => reject(new Error(`the program was not ready in ${START_MS} ms:\n${output}`)), START_MS).unref();
  });
  await ready;
  const local = JSON.parse(await readFile(join(data, 'local.json'), 'utf8'));
  return {
    ...local,
    output: () => output,
    pid: child.pid ?? 0,
    stop: () => end(child, 'SIGTERM'),
    async kill() {
      await end(child, 'SIGKILL');
    },
    api: (path, init = {}) =>
      fetch(new URL(path, local.url), { ...init, headers: { authorization: `Bearer ${local.token}`, ...init.headers } }),
    client: () =>
      new S3Client({
        endpoint: local.s3.endpoint,
        region: local.s3.region,
        forcePathStyle: true,
        credentials: { accessKeyId: local.s3.accessKeyId, secretAccessKey: local.s3.secretAccessKey },
      }),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}

/** Asks again and again, `every` so many milliseconds, until the answer is not undefined. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  milliseconds = 30_000,
  every = 20,
): Promise<Answer> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((next) => setTimeout(next, every));
  }
}
