// What an answer promises: killed at any moment, the store has every write that it acknowledged, whole, and loses its litter.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startTestStore, testClient } from '../../test/local-store.ts';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
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

async function bytesOf(s3: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

test('killed under load again and again, every acknowledged write is there, whole, and no file without a row stays', async () => {
  /** What was acknowledged last, by key; a digest per body, or gone. */
  const known = new Map<string, string>();
  /** Keys with a write under way at the kill: their fate is open. */
  const open = new Set<string>();
  for (let round = 0; round < 4; round++) {
    const { child, s3 } = await start();
    let acknowledged = 0;
    let killed = false;
    const enough = 40 + round * 35;
    const client = async (name: number) => {
      for (let step = 0; !killed; step++) {
        const Key = `${name}/${step % 7}`;
        const body = randomBytes(step % 5 === 4 ? 6_000_000 : 1 + ((step * 7919) % 200_000));
        open.add(Key);
        try {
          if (step % 6 === 5) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
          else if (body.length > 5_000_000) await new Upload({ client: s3, params: { Bucket, Key, Body: body } }).done();
          else await s3.send(new PutObjectCommand({ Bucket, Key, Body: body }));
        } catch (error) {
          if (killed) return;
          throw error;
        }
        open.delete(Key);
        if (step % 6 === 5) known.delete(Key);
        else known.set(Key, createHash('sha256').update(body).digest('hex'));
        if (++acknowledged >= enough && !killed) {
          killed = true;
          child.kill('SIGKILL');
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, name) => client(name)));
    s3.destroy();
    const again = await start();
    for (const [key, sha256] of known) {
      if (open.has(key)) continue;
      const found = createHash('sha256')
        .update(await bytesOf(again.s3, key))
        .digest('hex');
      assert.equal(found, sha256, key);
    }
    // Those with an open fate are one version or the other, never a mixture: a torn one would fail its ETag or length.
    const { Contents } = await again.s3.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key = '', ETag, Size } of Contents ?? []) {
      const bytes = await bytesOf(again.s3, Key);
      assert.equal(bytes.length, Size);
      if (!ETag?.includes('-')) assert.equal(`"${createHash('md5').update(bytes).digest('hex')}"`, ETag);
      if (open.delete(Key)) known.set(Key, createHash('sha256').update(bytes).digest('hex'));
    }
    for (const key of open) known.delete(key);
    open.clear();
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
    assert.equal((await bytesOf(s3, 'before')).toString(), 'before');
    assert.deepEqual(await store.blobFiles(), await store.blobNames());
    await rm(path.join(disk, 'filler'));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body: Buffer.alloc(6_000_000) }));
    assert.equal((await bytesOf(s3, 'before')).length, 6_000_000);
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
