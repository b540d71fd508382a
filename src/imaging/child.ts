// An imaging process: takes one picture after another on its standard input, and answers on its standard output.
import { getHeapStatistics } from 'node:v8';
import { asFault } from '../domain/fault.ts';
import { engineName, prepareLibrary } from './library.ts';
import type { Setup } from './output.ts';
import type { Answer, Hello, Job } from './protocol.ts';
import { renderPicture } from './render.ts';
import { readWhole, receiveSync, sendSync } from './wire.ts';

const STDIN = 0;
const STDOUT = 1;

/** A buffer up to this size is kept for the next picture, since fresh memory costs time. Bytes. */
const KEPT_ROOM = 32 * 1024 * 1024;

/** Bytes of buffers, in use or not, above which those not in use are freed before the next picture. */
const COLLECT_ABOVE = 64 * 1024 * 1024;

/** How often a process at work looks whether its server still lives, in milliseconds. */
const LOOK_FOR_SERVER_MS = 500;

function readHello(): Setup | undefined {
  const hello = receiveSync<Hello>(STDIN, Buffer.allocUnsafeSlow);
  if (!hello) return undefined;
  const marks = new Map<string, Buffer>();
  let at = 0;
  for (const { sha256, bytes } of hello.header.marks) {
    marks.set(sha256, hello.body.subarray(at, at + bytes));
    at += bytes;
  }
  return { limits: hello.header.limits, marks, note: (text) => console.error(text) };
}

async function work(setup: Setup): Promise<void> {
  let kept = Buffer.alloc(0);
  const room = (bytes: number): Buffer => {
    if (bytes <= kept.length) return kept;
    const fresh = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(2 * bytes, KEPT_ROOM)));
    if (fresh.length <= KEPT_ROOM) kept = fresh;
    return fresh;
  };
  for (;;) {
    // Blocking: between two pictures there is nothing else to do, and the bytes land where the decoder reads them.
    const job = receiveSync<Job>(STDIN, room);
    if (!job) return;
    const { file } = job.header;
    const read = () => (file ? readWhole(file.path, room(file.size).subarray(0, file.size)) : job.body);
    await answerJob(read, job.header, setup);
    releaseMemory();
  }
}

/** The collector does not see how large the pixels are that hang on its small objects, and would come for them late. */
function releaseMemory(): void {
  if (getHeapStatistics().external_memory > COLLECT_ABOVE) globalThis.gc?.();
}

async function answerJob(read: () => Buffer, { targets }: Job, setup: Setup): Promise<void> {
  try {
    const { outputs, ...picture } = await renderPicture(read(), targets, setup);
    const told = outputs.map(({ body, ...output }) => ({ ...output, bytes: body.length }));
    const bodies = outputs.map((output) => output.body);
    answer({ kind: 'done', picture, outputs: told }, bodies);
  } catch (error) {
    const { code, message, mend, cause } = asFault(error);
    answer({ kind: 'failed', code, message, mend, cause: cause === undefined ? undefined : String(cause) });
  }
}

function answer(header: Answer, bodies: Buffer[] = []): void {
  sendSync(STDOUT, header, bodies);
}

/** The server ends its processes itself; one that was killed leaves them with a closed input, or with another parent. */
function outliveNobody(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  const server = process.ppid;
  setInterval(() => {
    if (process.ppid !== server) process.kill(process.pid, 'SIGKILL');
  }, LOOK_FOR_SERVER_MS).unref();
}

outliveNobody();
prepareLibrary();
const setup = readHello();
if (setup) {
  answer({ kind: 'ready', engine: engineName() });
  await work(setup);
}
