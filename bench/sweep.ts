// (d) A run over a million keys: first where everything is new, then where nothing has changed. Keys a second, and memory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carryOut, createRun, readRunning } from '../src/intake/run.ts';
import { openDatabase } from '../src/ledger/database.ts';
import { startEmbedded } from '../src/ledger/embedded.ts';
import { migrateUp } from '../src/ledger/migrate.ts';
import { readRun } from '../src/ledger/runs.ts';
import type { Ledger } from '../src/ledger/schema.ts';
import { openQueue } from '../src/queue/queue.ts';
import { fillLedger, largeSource, listingOf } from '../test/large-source.ts';
import { median, table } from './measure.ts';

const COUNT = Number(process.env.BENCH_KEYS ?? 1_000_000);
const { pipeline, engine } = largeSource;
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const never = new AbortController().signal;

const folder = await mkdtemp(join(tmpdir(), 'pixmill-sweep-'));
const postgres = await startEmbedded(join(folder, 'postgres'), log);
const database = openDatabase<Ledger>(postgres.address, 8);
await migrateUp(database.db);
const queue = await openQueue(database.pool, true, log);
try {
  const first = await pass('first pass, everything new');
  const claim = await timeClaim();
  await database.pool.query('TRUNCATE pgboss.job, run');
  console.error('filling the ledger');
  await fillLedger(database.pool, COUNT);
  const second = await pass('second pass, nothing changed');
  console.log(
    table([
      ['keys, renditions of each', `${COUNT.toLocaleString('en')}, ${pipeline.renditions.length}`],
      ['first pass: every key becomes a job', describe(first)],
      [`claim of 8 jobs out of ${COUNT.toLocaleString('en')}`, `${claim.toFixed(1)} ms`],
      ['second pass: nothing changed', describe(second)],
    ]),
  );
} finally {
  await queue.stop();
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

interface Pass {
  perSecond: number;
  /** Megabytes resident, at each percent of the way but the first fifteen, in which V8 makes its heap as large as it wants it. */
  rss: number[];
  queued: number;
}

async function pass(what: string): Promise<Pass> {
  const { id } = await createRun(database.db, pipeline.name, 'bench', queue.enqueueRun);
  const run = await readRunning(database.db, pipeline.name);
  const job = await queue.claimRun();
  if (!run || !job) throw new Error('there is no run');
  const rss: number[] = [];
  const every = Math.ceil(COUNT / 1000 / 100);
  let pages = 0;
  const started = performance.now();
  const store = listingOf(COUNT, () => {
    if (++pages % every === 0 && pages / every > 15) rss.push(process.memoryUsage.rss() / 1e6);
  });
  const { enqueue, holdRun } = queue;
  const hold = (tx: Parameters<typeof holdRun>[0]) => holdRun(tx, job);
  const services = { db: database.db, store, engine, enqueue, wake() {}, hold, signal: never, log };
  await carryOut(services, pipeline, run);
  const seconds = (performance.now() - started) / 1000;
  const { scanned, queued, changed } = (await readRun(database.db, id)) ?? { scanned: 0, queued: 0, changed: 0 };
  if (scanned !== COUNT || changed !== queued) throw new Error(`scanned ${scanned}, changed ${changed}, queued ${queued}`);
  console.error(`${what}: ${seconds.toFixed(1)} s, ${queued} queued`);
  return { perSecond: COUNT / seconds, rss, queued };
}

/** How long the next worker waits for its jobs behind all these. Milliseconds, median. */
async function timeClaim(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 21; round++) {
    const started = performance.now();
    const jobs = await queue.claim(8);
    times.push(performance.now() - started);
    await database.db.transaction().execute((tx) => queue.complete(tx, jobs));
  }
  return median(times);
}

function describe({ perSecond, rss, queued }: Pass): string {
  const middle = median(rss);
  const [least, most] = [Math.min(...rss), Math.max(...rss)].map((value) => `${Math.round((value / middle - 1) * 100)} %`);
  const memory = `${Math.round(middle)} MB resident (${least} … +${most})`;
  return `${Math.round(perSecond).toLocaleString('en')} keys/s, ${queued.toLocaleString('en')} queued, ${memory}`;
}
