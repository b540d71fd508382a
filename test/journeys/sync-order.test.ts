// The order of the calls to the kernel behind each acknowledged write: bytes, names and index are on the disk before the answer.
// A file system may forgive a missing one of them; this does not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createDataFolder, type Program, removeDataFolder, startProgram } from '../program.ts';
import { postForm } from '../s3-form.ts';
import { readCalls, type SystemCall, tracing } from '../system-calls.ts';

const Bucket = 'kept';
const PART = 5 * 1024 * 1024;

/** A request that was answered with success. */
interface Acknowledged {
  what: string;
  /** Its `x-amz-request-id`. */
  id: string;
  /** Files with bytes that it has brought into the store. */
  files: number;
}

test('bytes, names and index of every acknowledged write were synced before its answer', { timeout: 180_000 }, async (t) => {
  const parent = await createDataFolder();
  t.after(() => removeDataFolder(parent));
  const trace = join(parent, 'trace');
  const through = tracing(trace);
  if (!through) return t.skip('strace is not installed, or may not be used here');
  const data = join(parent, 'new', 'data');
  const program = await startProgram(data, { LOG_LEVEL: 'warn' }, through);
  const acknowledged = await writeEverything(program);
  assert.equal(await program.stop(), 0);
  const calls = await readCalls(trace, program.pid);

  const store = join(data, 'store');
  const created = new Map<string, string[]>();
  let since = 0;
  for (const { what, id, files } of acknowledged) {
    const answer = find(calls, what, ({ on, text }) => on.startsWith('TCP:') && text.includes(`x-amz-request-id: ${id}`));
    const made = calls.filter((call) => call.begun > since && call.begun < answer.begun && createsBlob(call, store));
    assert.equal(made.length, files, `${what}: files made`);
    assert.ok(logSynced(calls, since, answer.begun), `${what}: the write-ahead log was synced before the answer`);
    created.set(
      what,
      made.map((call) => checkBlob(calls, what, call, answer, store)),
    );
    since = answer.ended;
  }
  checkFolders(calls, data, find(calls, 'the first commit', isCommit));
  checkRemoval(calls, created.get('small again')?.[0] ?? '', acknowledged.at(-1));
});

/** Every kind of write, one after the other. */
async function writeEverything(program: Program): Promise<Acknowledged[]> {
  const s3 = program.client();
  const done: Acknowledged[] = [];
  type Answer = { $metadata: { requestId?: string | undefined } };
  async function did<A extends Answer>(what: string, files: number, sent: Promise<A>): Promise<A> {
    const answer = await sent;
    done.push({ what, files, id: answer.$metadata.requestId ?? '' });
    return answer;
  }
  await did('bucket', 0, s3.send(new CreateBucketCommand({ Bucket })));
  const put = (Key: string, bytes: number) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(bytes, Key) }));
  await did('small', 1, put('small', 150_000));
  await did('large', 1, put('large', 6_000_000));
  await did('empty', 0, put('empty', 0));
  const upload = { Bucket, Key: 'parts' };
  const { UploadId } = await did('upload', 0, s3.send(new CreateMultipartUploadCommand(upload)));
  const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [PartNumber, bytes] of [
    [1, PART],
    [2, PART],
  ] as const) {
    const part = new UploadPartCommand({ ...upload, UploadId, PartNumber, Body: Buffer.alloc(bytes) });
    const { ETag } = await did(`part ${PartNumber}`, 1, s3.send(part));
    Parts.push({ PartNumber, ETag });
  }
  const copied = new UploadPartCopyCommand({ ...upload, UploadId, PartNumber: 3, CopySource: `${Bucket}/small` });
  const { CopyPartResult } = await did('part 3', 1, s3.send(copied));
  Parts.push({ PartNumber: 3, ETag: CopyPartResult?.ETag });
  const complete = new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } });
  await did('complete', 0, s3.send(complete));
  const copy = (Key: string, source: string) =>
    s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${source}` }));
  await did('copy', 1, copy('copy', 'small'));
  await did('copy of parts', 3, copy('copy of parts', 'parts'));
  const { endpoint, ...key } = program.s3;
  const form = await postForm({ port: Number(new URL(endpoint).port), key }, { url: `/${Bucket}`, file: Buffer.alloc(200_000) });
  assert.equal(form.status, 204);
  done.push({ what: 'form', files: 1, id: String(form.headers['x-amz-request-id']) });
  await did(
    'tags',
    0,
    s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'copy', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })),
  );
  await did('small again', 1, put('small', 140_000));
  await did('delete', 0, s3.send(new DeleteObjectCommand({ Bucket, Key: 'small' })));
  s3.destroy();
  return done;
}

function find(calls: SystemCall[], what: string, is: (call: SystemCall) => boolean): SystemCall {
  const found = calls.find(is);
  assert.ok(found, `no call is ${what}`);
  return found;
}

const SYNC = /^(fsync|fdatasync)$/;
const WRITE = /^(write|writev|pwrite64|pwritev)$/;

/** Whether this was synced wholly within that span. */
function synced(calls: SystemCall[], on: string, from: SystemCall, to: SystemCall): boolean {
  return calls.some(
    (call) => SYNC.test(call.name) && call.on === on && call.result === '0' && call.begun > from.ended && call.ended < to.begun,
  );
}

/** The path that a call has created, if it has. */
function madeBy({ name, text, result }: SystemCall): string | undefined {
  if (result.startsWith('-1')) return undefined;
  const paths = [...text.matchAll(/"(.*?)"/g)].map((match) => match[1]);
  if (name === 'openat') return text.includes('O_CREAT') ? paths[0] : undefined;
  if (name.startsWith('mkdir')) return paths[0];
  return name.startsWith('link') || name === 'rename' ? paths[1] : undefined;
}

function createsBlob(call: SystemCall, store: string): boolean {
  return !call.name.startsWith('mkdir') && (madeBy(call)?.startsWith(join(store, 'blobs')) ?? false);
}

/** The end of a transaction, as the store sends it to the database. */
function isCommit({ on, text }: SystemCall): boolean {
  return on.startsWith('UNIX-STREAM:') && /commit\\0/.test(text);
}

/** Whether the write-ahead log was synced wholly between two places. */
function logSynced(calls: SystemCall[], from: number, to: number): boolean {
  return calls.some(({ name, on, result, begun, ended }) => {
    return SYNC.test(name) && on.includes('/pg_wal/') && result === '0' && begun > from && ended < to;
  });
}

/** Proves that a commit is on the disk by the time the database confirms it. @returns the confirmation */
function checkCommit(calls: SystemCall[], what: string, commit: SystemCall): SystemCall {
  const [, ours, theirs] = /\[(\d+)->(\d+)\]/.exec(commit.on) ?? [];
  const confirmed = find(
    calls,
    `the confirmation of the commit of ${what}`,
    ({ on, text, begun }) => begun > commit.ended && on.includes(`[${theirs}->${ours}`) && text.includes('COMMIT\\0'),
  );
  assert.ok(logSynced(calls, commit.begun, confirmed.begun), `${what}: the write-ahead log was synced within the commit`);
  return confirmed;
}

/** @returns the file */
function checkBlob(calls: SystemCall[], what: string, created: SystemCall, answer: SystemCall, store: string): string {
  const file = madeBy(created) ?? '';
  const name = file.slice(join(store, 'blobs/').length);
  const statement = find(
    calls,
    `the row of ${what}`,
    ({ on, text, begun }) => begun > created.ended && on.startsWith('UNIX-STREAM:') && text.includes(name),
  );
  const commit = find(calls, `the commit of ${what}`, (call) => {
    return call.begun > statement.begun && call.on === statement.on && isCommit(call);
  });
  if (created.name === 'openat') {
    const last = calls.filter((call) => WRITE.test(call.name) && call.on === file).at(-1);
    assert.ok(last && last.ended < commit.begun, `${what}: all bytes were written before the commit`);
    const through = created.text.includes('O_DSYNC');
    assert.ok(through || synced(calls, file, last, commit), `${what}: its bytes were synced before the commit`);
  }
  assert.ok(synced(calls, join(file, '..'), created, commit), `${what}: its name was synced before the commit`);
  assert.ok(checkCommit(calls, what, commit).ended < answer.begun, `${what}: the commit was confirmed before the answer`);
  return file;
}

/** Proves that the folders on the way to the bytes, and the mark of the folder that is open, were synced before any commit. */
function checkFolders(calls: SystemCall[], data: string, before: SystemCall): void {
  const made = (path: string) => find(calls, `the making of ${path}`, (call) => madeBy(call) === path);
  const store = join(data, 'store');
  const first = join(store, 'blobs', '000001');
  for (const path of [join(data, '..'), data, join(data, 'postgres'), join(data, 'postgres/cluster')]) {
    assert.ok(synced(calls, join(path, '..'), made(path), before), `${path} was synced before the first commit`);
  }
  const row = find(
    calls,
    'the first row with a blob',
    ({ on, text }) => on.startsWith('UNIX-STREAM:') && /000001\/\w{18}/.test(text),
  );
  for (const path of [store, join(store, 'blobs'), join(store, 'open'), first]) {
    assert.ok(synced(calls, join(path, '..'), made(path), row), `${path} was synced before the first blob`);
  }
  const mark = made(join(store, 'open', '000001'));
  assert.ok(synced(calls, join(store, 'open'), mark, made(first)), 'the mark was synced before its folder was made');
}

/** Output, then record, then delete: bytes go after the commit that dropped them, and are gone for good before they are forgotten. */
function checkRemoval(calls: SystemCall[], file: string, by: Acknowledged | undefined): void {
  const removed = find(calls, `the removal of ${file}`, ({ name, on }) => name === 'unlink' && on === file);
  const commit = calls.filter((call) => isCommit(call) && call.begun < removed.begun).at(-1);
  assert.ok(commit, 'a commit came before the removal');
  assert.ok(checkCommit(calls, by?.what ?? '', commit).ended < removed.begun, 'the removal was committed before the file went');
  const name = file.split('/').slice(-2).join('/');
  const forgotten = find(calls, 'the forgetting of the dropped file', ({ on, text, begun }) => {
    return begun > removed.ended && on.startsWith('UNIX-STREAM:') && text.includes(name);
  });
  assert.ok(synced(calls, join(file, '..'), removed, forgotten), 'the removal was synced before it was forgotten');
}
