// (f) What objects of gigabytes cost the server in memory: the largest PUT that S3 has, as much in parts, and both read again.
import { rm } from 'node:fs/promises';
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { checkLarge, peakOf, putLarge, uploadLarge } from '../test/large-object.ts';
import { createDataFolder, startProgram, until } from '../test/program.ts';
import { memoryOf } from '../test/store-process.ts';
import { grid, timed } from './measure.ts';

/** 5 GiB; BENCH_MEGABYTES makes it less. It takes that much room on the disk of the temporary folder. */
const MEGABYTES = Number(process.env.BENCH_MEGABYTES ?? 5 * 1024);
const MIB = 1024 * 1024;

const data = await createDataFolder();
const program = await startProgram(data, { LOG_LEVEL: 'warn' });
const { endpoint, ...credentials } = program.s3;
const requestChecksumCalculation = 'WHEN_REQUIRED';
const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, requestChecksumCalculation });
const object = { Bucket: 'large', Key: 'object' };
const memory = () => memoryOf(program.pid);
try {
  await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }));
  const idle = await settled();
  const rows: string[][] = [];
  for (const [what, work] of [
    ['one PUT', () => putLarge(s3, object, MEGABYTES)],
    ['GET of it', () => checkLarge(s3, object, MEGABYTES)],
    ['four at a time, parts of 16 MiB', () => uploadLarge(s3, object, MEGABYTES)],
    ['GET of it', () => checkLarge(s3, object, MEGABYTES)],
  ] as const) {
    let milliseconds = 0;
    const peak = await peakOf(memory, async () => {
      milliseconds = await timed(work);
    });
    rows.push([what, mib(peak - idle), `${Math.round((MEGABYTES * 1000) / milliseconds)} MiB/s`]);
    console.error(rows.at(-1)?.join(', '));
    // The next one needs the room.
    if (what !== 'GET of it') continue;
    await s3.send(new DeleteObjectCommand(object));
  }
  console.log(grid([`${MEGABYTES} MiB; the idle server holds ${mib(idle)}`, 'most above idle', 'speed'], rows));
} finally {
  s3.destroy();
  await program.stop();
  await rm(data, { recursive: true, force: true });
}

/** What it holds when it has come to rest. */
async function settled(): Promise<number> {
  let before = 0;
  return until(
    'the memory is steady',
    async () => {
      const now = await memory();
      const steady = Math.abs(now - before) < MIB;
      before = now;
      return steady ? now : undefined;
    },
    60_000,
    1000,
  );
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
