// What an answer promises: killed at any moment, the store has every write that it acknowledged, whole, and loses its litter.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { makeLoad } from '../../test/store-load.ts';
import { makeStoreSite, type StoreSite } from '../../test/store-process.ts';
import { openDatabase } from '../ledger/database.ts';

let site: StoreSite;

before(async () => {
  site = await makeStoreSite();
});

after(() => site.remove());

test('killed under load again and again, every acknowledged write is there, whole, and no file without a row stays', async () => {
  const load = makeLoad('pictures');
  for (let round = 0; round < 4; round++) {
    const store = await site.start();
    await load.run(store.s3, 40 + round * 35, store.kill);
    store.s3.destroy();
    const again = await site.start();
    await load.check(again.s3);
    again.s3.destroy();
    again.kill();
    await again.gone;
  }
  const store = await site.start();
  await settled();
  store.s3.destroy();
  store.kill();
  await store.gone;
});

/** Undefined where a folder went while it was looked at. */
async function blobFiles(): Promise<string[] | undefined> {
  try {
    const found = await readdir(path.join(site.folder, 'blobs'), { recursive: true, withFileTypes: true });
    return found.filter((entry) => entry.isFile()).map((entry) => `${path.basename(entry.parentPath)}/${entry.name}`);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resolves when the files are exactly those that rows name; at the latest when the test's time is over. */
async function settled(): Promise<void> {
  const { pool, close } = openDatabase(site.address, 1);
  for (;;) {
    const files = await blobFiles();
    const { rows } = await pool.query(
      `SELECT blob FROM store_object WHERE blob IS NOT NULL
       UNION ALL SELECT piece ->> 1 FROM store_object, jsonb_array_elements(pieces) AS piece
       UNION ALL SELECT blob FROM store_part WHERE blob IS NOT NULL`,
    );
    const named = rows.map((row) => row.blob as string).sort();
    if (files?.sort().join() === named.join()) break;
  }
  await close();
}
