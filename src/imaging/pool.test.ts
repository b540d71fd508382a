import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS, recipeOf, resizeOf, silentLog, targetOf } from '../../test/fixtures/imaging.ts';
import { fixture } from '../../test/fixtures/make.ts';
import { type ImagingProcess, type ProcessOptions, startProcess } from './imaging-process.ts';
import { createPool } from './pool.ts';

const OPTIONS: ProcessOptions = { limits: LIMITS, watermarks: new Map(), log: silentLog };
const THUMB = targetOf(recipeOf({ format: 'webp', resize: resizeOf({ width: 32, height: 32 }) }));
/** Takes some hundred milliseconds. */
const LONG = targetOf(
  recipeOf({ format: 'avif', effort: 4, resize: resizeOf({ width: 1_500, height: 1_500, fit: 'fill', enlarge: true }) }),
);
/** Takes minutes. */
const ENDLESS = targetOf(
  recipeOf({ format: 'avif', effort: 9, resize: resizeOf({ width: 5_000, height: 5_000, fit: 'fill', enlarge: true }) }),
);

/** A pool whose processes are listed as they are started, each with the name of the last target it was given. */
function watchedPool(slots: number, options = OPTIONS) {
  const started: (ImagingProcess & { given?: string | undefined })[] = [];
  const start = (): ImagingProcess => {
    const process = startProcess(options);
    const { ready, gone, pid, kill } = process;
    const watched: (typeof started)[number] = {
      ready,
      gone,
      pid,
      kill,
      get alive() {
        return process.alive;
      },
      render(input, targets) {
        watched.given = targets[0]?.id;
        return process.render(input, targets);
      },
    };
    started.push(watched);
    return watched;
  };
  return { pool: createPool(slots, start(), start), started };
}

/** Waits for a condition, at most 20 s. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; !condition(); ) {
    assert.ok(Date.now() < deadline, `${what} did not come about`);
    await pause(10);
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('no more processes than slots are started, and not before they are needed', async (t) => {
  const { pool, started } = watchedPool(2);
  t.after(() => pool.stop());
  const plain = await fixture('plain.png');
  await pool.render(plain, [THUMB]);
  await pool.render(plain, [THUMB]);
  assert.equal(started.length, 1);
  await Promise.all(Array.from({ length: 9 }, () => pool.render(plain, [LONG])));
  assert.equal(started.length, 2);
});

test('a process that dies takes its own picture with it, and is replaced at once', async (t) => {
  const { pool, started } = watchedPool(2);
  t.after(() => pool.stop());
  const plain = await fixture('plain.png');
  await Promise.all([pool.render(plain, [LONG]), pool.render(plain, [LONG])]);
  const poison = assert.rejects(pool.render(plain, [{ ...ENDLESS, id: 'poison' }]), {
    code: 'internal',
    message: 'the process that rendered the picture died (SIGSEGV)',
  });
  const healthy = pool.render(plain, [LONG]);
  await until(() => started.some(({ given }) => given === 'poison'), 'the poison');
  process.kill(started.find(({ given }) => given === 'poison')?.pid ?? 0, 'SIGSEGV');
  await poison;
  assert.equal((await healthy).outputs.length, 1);
  await until(() => started.length === 3, 'the replacement');
  await Promise.all([pool.render(plain, [THUMB]), pool.render(plain, [THUMB])]);
  assert.equal(started.length, 3);
});

test('a process does not come to work at all: whoever waits is told, and it is not tried without end', async (t) => {
  // Less than the runtime itself takes.
  const { pool, started } = watchedPool(1, { ...OPTIONS, memory: -640_000_000 });
  t.after(() => pool.stop());
  await assert.rejects(started[0]?.ready ?? Promise.resolve(), { code: 'internal' });
  await started[0]?.gone;
  await assert.rejects(pool.render(await fixture('plain.png'), [THUMB]), {
    code: 'internal',
    message: 'an imaging process could not be started',
  });
  assert.ok(started.length <= 2);
});

test('a picture that needs more memory than its process may take is too large, and the next one is rendered', async (t) => {
  const { pool } = watchedPool(1, { ...OPTIONS, memory: 60_000_000 });
  t.after(() => pool.stop());
  const plain = await fixture('plain.png');
  await assert.rejects(
    pool.render(plain, [LONG, ENDLESS]).then(({ faults }) => Promise.reject(faults[0])),
    { code: 'too_large' },
  );
  assert.equal((await pool.render(plain, [THUMB])).outputs.length, 1);
});

test('signals that a terminal or a service manager sends to all do not reach the pictures in work', async (t) => {
  const { pool, started } = watchedPool(1);
  t.after(() => pool.stop());
  const work = pool.render(await fixture('plain.png'), [LONG]);
  const [only] = started;
  await only?.ready;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(only?.pid ?? 0, signal);
  assert.equal((await work).outputs.length, 1);
  assert.equal(started.length, 1);
});

test('processes end with a server that is killed, idle ones and those at work', async () => {
  const program = `
    import { openImaging } from '${new URL('./imaging.ts', import.meta.url)}';
    import { startProcess } from '${new URL('./imaging-process.ts', import.meta.url)}';
    const options = ${JSON.stringify({ limits: { ...LIMITS, ms: 600_000 } })};
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const processes = [0, 1].map(() => startProcess({ ...options, watermarks: new Map(), log }));
    await Promise.all(processes.map((one) => one.ready));
    processes[0].render(Buffer.from('${(await fixture('plain.png')).toString('base64')}', 'base64'), [${JSON.stringify(ENDLESS)}]);
    console.log(processes.map((one) => one.pid).join(' '));
  `;
  const server = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await new Promise<Buffer>((resolve) => server.stdout.once('data', resolve))).toString().split('\n');
  const pids = (line ?? '').split(' ').map(Number);
  assert.equal(pids.length, 2);
  assert.ok(pids.every(exists));
  server.kill('SIGKILL');
  await until(() => !pids.some(exists), 'the end of the processes');
});
