// (a) The whole program, from PUT to recorded, against a bare loop of the same renders on the same cores.

import { createDataFolder, removeDataFolder, startProgram, until } from '../test/program.ts';
import { bareRender } from './bare.ts';
import { inParallel, median, medianRatio, table, timed } from './measure.ts';
import { nothingPending } from './pending.ts';
import { loadPhotos } from './photos.ts';
import { presigner, put } from './put.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const IN_FLIGHT = 4;
/** Clients that put at once. */
const CLIENTS = 4;

const { photos, what } = await loadPhotos();
const data = await createDataFolder();
const program = await startProgram(data, { LOG_LEVEL: 'warn' });
const presign = presigner(program, 'pictures');
try {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const bare = await timed(() => inParallel(photos, IN_FLIGHT, bareRender));
    const urls = await Promise.all(photos.map(({ name }) => presign(`round-${round}/${name}`)));
    const set = photos.map(({ bytes }, index) => ({ bytes, url: urls[index] ?? '' }));
    const whole = await timed(() => throughTheProgram(set));
    // The first round warms both up.
    if (round < 0) continue;
    theirs.push(bare);
    ours.push(whole);
    console.error(`round ${round + 1}: bare ${Math.round(bare)} ms, whole ${Math.round(whole)} ms`);
  }
  const perSecond = (ms: number) => `${((photos.length * 1000) / ms).toFixed(1)} pictures/s`;
  console.log(
    table([
      ['pictures', what],
      [`bare sharp loop, ${IN_FLIGHT} in flight`, perSecond(median(theirs))],
      ['whole program, PUT to recorded', perSecond(median(ours))],
      ['whole ÷ bare (median of the pairs)', (1 / medianRatio(ours, theirs)).toFixed(2)],
    ]),
  );
} finally {
  await program.stop();
  await removeDataFolder(data);
}

async function throughTheProgram(set: { url: string; bytes: Buffer }[]): Promise<void> {
  await inParallel(set, CLIENTS, ({ url, bytes }) => put(url, bytes));
  await until('everything is recorded', () => nothingPending(program));
}
