// Runs the pixmill command as a child process, as a shell would, and hears what it says.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { until } from './program.ts';

export const ROOT = resolve(import.meta.dirname, '..');
export const LAUNCHER = join(ROOT, 'bin/pixmill.js');

/** Variables that would change what a command does. */
const OURS = /^(PIXMILL_|AWS_|S3_|PORT$|HOST$|DATABASE_URL$|LOG_LEVEL$|NO_COLOR$|FORCE_COLOR$|NODE_)/;

export interface CommandOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** For its standard input, which is empty otherwise. */
  input?: Buffer;
  /** Arguments of Node itself. */
  node?: string[];
}

export interface Ended {
  code: number | null;
  bytes: Buffer;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  ended: Promise<Ended>;
}

export function startCommand(args: string[], options: CommandOptions = {}): RunningCommand {
  return startProcess(process.execPath, [...(options.node ?? []), LAUNCHER, ...args], options);
}

export function startProcess(program: string, args: string[], { env, cwd = ROOT, input }: CommandOptions = {}): RunningCommand {
  const child = spawn(program, args, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: 'pipe' });
  const said: Buffer[] = [];
  let complained = '';
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    complained += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const stdout = () => Buffer.concat(said).toString();
  const ended = new Promise<Ended>((settle, reject) => {
    child.once('error', reject);
    child.once('close', (code) => settle({ code, bytes: Buffer.concat(said), stdout: stdout(), stderr: complained }));
  });
  return { child, stdout, stderr: () => complained, ended };
}

export function runCommand(args: string[], options?: CommandOptions): Promise<Ended> {
  return startCommand(args, options).ended;
}

/** A folder that goes when the tests of this file are done. */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `pixmill-${name}-`));
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  return folder;
}

/** Waits for the line with both addresses. @throws Error with all that was said, where the command ends before */
export async function ready(server: RunningCommand): Promise<void> {
  let over = false;
  void server.ended.finally(() => {
    over = true;
  });
  await until(
    'the server is ready',
    async () => {
      if (over) throw new Error(`the server ended:\n${server.stdout()}${server.stderr()}`);
      return server.stdout().includes('\n') || undefined;
    },
    60_000,
  );
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
}
