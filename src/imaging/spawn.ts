// How an imaging process is started, and what its death means.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../domain/fault.ts';
import type { ImageLimits } from '../domain/ports.ts';

export type Child = ChildProcessWithoutNullStreams;

/** Runs `.ts` from the sources and `.js` from the built package. */
const PROGRAM = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url));

/** What a process may know of the server's environment: none of its secrets, which a broken decoder might give away. */
const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'];

/** Address space that the runtime and the library claim at rest in bytes; hardly more than a tenth of it is ever touched. */
const CLAIMED_AT_REST = 650_000_000;
/** Bytes for each pixel of the largest picture: the hungriest decoder (AVIF) was seen to take 18, all others 13 at most. */
const PER_PIXEL = 20;

/** Bytes that a picture may need, beside what a process takes at rest. */
export function memoryFor({ pixels }: ImageLimits): number {
  return Math.max(pixels * PER_PIXEL, 400_000_000);
}

/**
 * Starts a process with its three pipes. On Windows there is no memory limit, and macOS knows it and does not enforce it.
 *
 * @param memory bytes it may take beside what it takes at rest
 */
export function spawnLimited(memory: number): Child {
  const env: NodeJS.ProcessEnv = { MALLOC_ARENA_MAX: '1' };
  for (const name of PASSED_ON) if (process.env[name] !== undefined) env[name] = process.env[name];
  const program = [process.execPath, '--max-old-space-size=128', '--expose-gc', PROGRAM];
  if (process.platform === 'win32') return spawn(program[0] ?? '', program.slice(1), { env, windowsHide: true });
  // A shell that sets the limit and then becomes the program: its process id stays.
  const kilobytes = Math.ceil((CLAIMED_AT_REST + memory) / 1024);
  const script = 'ulimit -d "$1" 2>/dev/null; ulimit -c 0 2>/dev/null; shift; exec "$@"';
  return spawn('/bin/sh', ['-c', script, 'sh', String(kilobytes), ...program], { env });
}

export interface Death {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Set where the server killed the process itself. */
  ending: 'deadline' | 'stop' | undefined;
  /** The end of what it said on its standard error. */
  lastWords: string;
  /** The deadline of the picture in milliseconds, and the bytes it might take. */
  ms: number;
  memory: number;
}

/** What a death means for the picture that was in work. */
export function deathFault({ code, signal, ending, lastWords, ms, memory }: Death): Fault {
  if (ending === 'stop') return new Fault('unavailable', 'imaging was stopped before the picture was finished');
  if (ending === 'deadline') {
    return new Fault('timeout', `the picture was not finished within ${ms / 1000} s`, {
      mend: 'choose a smaller size or a lower effort, or raise limits.seconds',
    });
  }
  const cause = lastWords || undefined;
  if (/memory|allocate|bad_alloc/i.test(lastWords)) {
    const megabytes = Math.round(memory / 1e6);
    return new Fault('too_large', `the picture needs more than ${megabytes} MB to render`, {
      mend: 'make the picture smaller, or save it without interlacing; a higher limits.pixels raises the memory too',
      cause,
    });
  }
  return new Fault('internal', `the process that rendered the picture died (${signal ?? `exit code ${code}`})`, {
    mend: 'if it happens again with this picture, keep it aside and report it',
    cause,
  });
}

/** A process did not come to work at all, which is no picture's doing. */
export function startFault(cause: unknown): Fault {
  return new Fault('internal', 'an imaging process could not be started', {
    mend: 'check that sharp is installed for this platform: npm ci',
    cause,
  });
}
