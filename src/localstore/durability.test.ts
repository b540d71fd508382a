import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { S3Client } from '@aws-sdk/client-s3';
import { testClient } from '../../test/local-store.ts';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { makeLoad } from '../../test/store-load.ts';
import { openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';

let database: TestDatabase;
let folder: string;
const children = new Set<ChildProcess>();
const Bucket = 'pictures';

before(async () => {
  database = await createTestDatabase();
  const { db, close } = openDatabase(database.address, 1);
  await migrateUp(db);
  await close();
  folder = await mkdtemp(path.join(tmpdir(), 'pixmill-kill-'));
});

after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await database.drop();
  await rm(folder, { recursive: true });
});

async function start(): Promise<{ child: ChildProcess; s3: S3Client }> {
  const program = path.join(import.meta.dirname, '../../test/local-store-process.ts');
  const url = 'url' in database.address ? database.address.url : '';
  const child = spawn(process.execPath, [program, url, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const { port, key } = JSON.parse(line.toString());
  return { child, s3: testClient({ endpoint: `http://127.0.0.1:${port}`, key }) };
}

test('killed under load again and again, every acknowledged write is there, whole, and no file without a row stays', async () => {
  const load = makeLoad(Bucket);
  for (let round = 0; round < 4; round++) {
    const { child, s3 } = await start();
    await load.run(s3, 40 + round * 35, () => child.kill('SIGKILL'));
    s3.destroy();
    const again = await start();
    await load.check(again.s3);
    again.s3.destroy();
    again.child.kill('SIGKILL');
    await once(again.child, 'exit');
  }
  const { child, s3 } = await start();
  await settled();
  s3.destroy();
  child.kill('SIGKILL');
  await once(child, 'exit');
});

/** Undefined where a folder went while it was looked at. */
async function blobFiles(): Promise<string[] | undefined> {
  try {
    const found = await readdir(path.join(folder, 'blobs'), { recursive: true, withFileTypes: true });
    return found.filter((entry) => entry.isFile()).map((entry) => `${path.basename(entry.parentPath)}/${entry.name}`);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resolves when the files are exactly those that rows name; at the latest when the test's time is over. */
async function settled(): Promise<void> {
  const { pool, close } = openDatabase(database.address, 1);
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
