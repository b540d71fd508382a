// The power fails under load, again and again: what was in memory only, the page cache with it, is gone, and nothing else.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { makeDisk } from '../disk.ts';
import { type Program, startProgram } from '../program.ts';
import { makeLoad } from '../store-load.ts';

const ROUNDS = Number(process.env.POWER_ROUNDS ?? 3);

test(`${ROUNDS} losses of power lose nothing that the store acknowledged`, { timeout: 60_000 + ROUNDS * 30_000 }, async (t) => {
  const disk = await makeDisk(1024);
  if (!disk) return t.skip('this user cannot make a disk whose power can be cut');
  let program: Program | undefined;
  const data = join(disk.folder, 'some', 'data');
  const load = makeLoad('kept');
  try {
    for (let round = 0; round < ROUNDS; round++) {
      program = await startProgram(data, { LOG_LEVEL: 'warn' });
      const s3 = program.client();
      if (round === 0) await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
      else await load.check(s3);
      const postmaster = await readPostmaster(data);
      let killed: Promise<void> | undefined;
      await load.run(s3, 10 + round * 40, () => {
        disk.cutPower();
        process.kill(postmaster, 'SIGKILL');
        killed = program?.kill();
      });
      await killed;
      s3.destroy();
      await disk.restorePower();
    }
    program = await startProgram(data, { LOG_LEVEL: 'warn' });
    const s3 = program.client();
    await load.check(s3);
    s3.destroy();
    assert.equal(await program.stop(), 0);
  } finally {
    await program?.stop();
    await disk.remove();
  }
});

async function readPostmaster(data: string): Promise<number> {
  return Number((await readFile(join(data, 'postgres/cluster/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}
