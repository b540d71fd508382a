import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openBlobs } from './blobs.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pixmill-blobs-'));
});

afterEach(() => rm(folder, { recursive: true }));

const marks = () => readdir(path.join(folder, 'open'));

test('small and large blobs hold what was written', async () => {
  const blobs = await openBlobs(folder);
  const small = await blobs.write([Buffer.from('ab'), Buffer.alloc(0), Buffer.from('c')]);
  assert.equal(await readFile(blobs.path(small), 'utf8'), 'abc');
  const writer = await blobs.create();
  const pieces = Array.from({ length: 50 }, (_, at) => Buffer.alloc(70_000, at));
  const whole = Buffer.concat(pieces);
  for (const piece of pieces) await writer.write(piece);
  const large = await writer.finish();
  assert.deepEqual(await readFile(blobs.path(large)), whole);
  await blobs.close();
});

test('a folder stays marked while something in it is neither settled nor discarded', async () => {
  const blobs = await openBlobs(folder);
  const [a, b] = await Promise.all([blobs.write([Buffer.from('a')]), blobs.write([Buffer.from('b')])]);
  blobs.settle([a]);
  await blobs.close();
  assert.deepEqual(await marks(), ['000001']);
  const next = await openBlobs(folder);
  assert.deepEqual(next.leftOpen, ['000001']);
  const c = await next.write([Buffer.from('c')]);
  assert.equal(c.slice(0, 6), '000002');
  await next.discard([c]);
  await next.close();
  assert.deepEqual(await marks(), ['000001']);
  assert.equal(await readFile(blobs.path(b), 'utf8'), 'b');
});

test('a full folder is followed by the next, without a blob lost or a mark forgotten', async () => {
  const blobs = await openBlobs(folder);
  const names: string[] = [];
  for (let round = 0; round < 17; round++) {
    names.push(...(await Promise.all(Array.from({ length: 256 }, () => blobs.write([Buffer.from('x')])))));
  }
  assert.equal(new Set(names).size, 17 * 256);
  assert.deepEqual([...new Set(names.map((name) => name.slice(0, 6)))], ['000001', '000002']);
  blobs.settle(names);
  await blobs.close();
  assert.deepEqual(await marks(), []);
});

test('a next folder that cannot be made is tried again by the next blob', async () => {
  // The folder before was gone back to, though it might have been closed meanwhile, and its names were no longer synced.
  const blobs = await openBlobs(folder);
  const write = () => blobs.write([Buffer.from('x')]);
  const names: string[] = [];
  for (let round = 0; round < 15; round++) names.push(...(await Promise.all(Array.from({ length: 256 }, write))));
  blobs.settle(names);
  await rename(path.join(folder, 'open'), path.join(folder, 'away'));
  const last = await Promise.allSettled(Array.from({ length: 258 }, write));
  const written = last.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.equal(written.length, 256);
  blobs.settle(written);
  await rename(path.join(folder, 'away'), path.join(folder, 'open'));
  const next = await write();
  assert.ok(next > '000002');
  await blobs.discard([next]);
  await blobs.close();
});

test('a second name holds the bytes after the first is gone', async () => {
  const blobs = await openBlobs(folder);
  const first = await blobs.write([Buffer.from('bytes')]);
  const second = await blobs.link(first);
  await blobs.discard([first]);
  assert.equal(await readFile(blobs.path(second), 'utf8'), 'bytes');
  await blobs.discard([second]);
  await blobs.close();
});

test('an aborted blob leaves no file', async () => {
  const blobs = await openBlobs(folder);
  const writer = await blobs.create();
  await writer.write(Buffer.alloc(3_000_000));
  await writer.abort();
  assert.deepEqual(await readdir(path.join(folder, 'blobs', '000001')), []);
  await blobs.close();
  assert.deepEqual(await marks(), []);
});

test('blobs are readable by their owner alone', async () => {
  const blobs = await openBlobs(folder);
  const blob = await blobs.write([Buffer.from('x')]);
  assert.equal((await stat(blobs.path(blob))).mode & 0o777, 0o600);
  await blobs.discard([blob]);
  await blobs.close();
});
