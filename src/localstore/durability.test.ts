// What an answer promises: killed at any moment, the store has every write that it acknowledged, whole, and loses its litter.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { startTestStore, testClient } from '../../test/local-store.ts';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { bytesOf, makeLoad } from '../../test/store-load.ts';
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

test('a disk that is full is told in S3 words, loses nothing, and recovers', async (context) => {
  const disk = await mkdtemp(path.join(tmpdir(), 'pixmill-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]);
  if (mounted.status !== 0) return context.skip('this user may not mount a small disk');
  const store = await startTestStore({ folder: path.join(disk, 'store') });
  const s3 = testClient(store);
  try {
    await store.store.createBucket(Bucket);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body: 'before' }));
    await fillUp(path.join(disk, 'filler'));
    for (const size of [10_000, 6_000_000]) {
      const put = new PutObjectCommand({ Bucket, Key: 'before', Body: Buffer.alloc(size) });
      await assert.rejects(s3.send(put), { name: 'InsufficientStorage' });
    }
    assert.equal((await bytesOf(s3, Bucket, 'before')).toString(), 'before');
    assert.deepEqual(await store.blobFiles(), await store.blobNames());
    await rm(path.join(disk, 'filler'));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body: Buffer.alloc(6_000_000) }));
    assert.equal((await bytesOf(s3, Bucket, 'before')).length, 6_000_000);
  } finally {
    s3.destroy();
    await store.stop();
    spawnSync('umount', [disk]);
    await rm(disk, { recursive: true });
  }
});

/** Writes until nothing more fits. */
async function fillUp(file: string): Promise<void> {
  await assert.rejects(writeFile(file, Buffer.alloc(32 * 1024 * 1024)), { code: 'ENOSPC' });
}
