// The whole data folder on a disk that fills up: database, write-ahead log and bytes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { makeSmallDisk } from '../disk.ts';
import { type Program, startProgram, until } from '../program.ts';
import { bytesOf } from '../store-load.ts';

const Bucket = 'kept';

test('a database without room refuses writes, goes away, and goes on by itself once there is room', async (t) => {
  const disk = await makeSmallDisk(160);
  if (!disk) return t.skip('this user may not mount a small disk');
  const data = join(disk.folder, 'data');
  let program: Program | undefined;
  try {
    program = await startProgram(data, { LOG_LEVEL: 'warn' });
    const s3 = program.client();
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'before', Body: 'before' }));
    await disk.fill();

    // Empty objects need no file, so it is the tables that find no room.
    await until('the tables are full', () => refusal(s3, 'InsufficientStorage'));
    assert.equal((await bytesOf(s3, Bucket, 'before')).toString(), 'before');
    // The next write needs a new file of the log, without which PostgreSQL does not go on.
    await switchLog(data);
    await until('the database is away', () => refusal(s3, 'ServiceUnavailable'));

    await disk.makeRoom();
    await until('there is room', async () => (await refusal(s3)) === undefined || undefined, 60_000);
    assert.equal((await bytesOf(s3, Bucket, 'before')).toString(), 'before');
    s3.destroy();
    assert.equal(await program.stop(), 0);
  } finally {
    await program?.stop();
    await disk.remove();
  }
});

let count = 0;

/** Puts an empty object with as much metadata as may be. @returns what it was refused with, or true where it was with this one */
async function refusal(s3: S3Client, expected?: string): Promise<string | true | undefined> {
  const Metadata = { filling: 'x'.repeat(1900) };
  try {
    await s3.send(new PutObjectCommand({ Bucket, Key: `empty ${count++}`, Body: Buffer.alloc(0), Metadata }));
    return undefined;
  } catch (error) {
    const { name } = error as Error;
    assert.ok(name === 'InsufficientStorage' || name === 'ServiceUnavailable', String(error));
    if (expected === undefined) return name;
    return name === expected || undefined;
  }
}

async function switchLog(data: string): Promise<void> {
  const folder = join(data, 'postgres');
  const password = (await readFile(join(folder, 'cluster/password'), 'utf8')).trim();
  const client = new pg.Client({ host: join(folder, 'socket'), port: 5432, user: 'postgres', database: 'postgres', password });
  client.on('error', () => {});
  await client.connect();
  await client.query('SELECT pg_switch_wal()').catch(() => {});
  await client.end().catch(() => {});
}
