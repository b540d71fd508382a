// The clients that people have, against the built-in store: each does an ordinary session's work. One that is not installed
// is skipped.
import assert from 'node:assert/strict';
import { type ExecFileOptions, execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { BOTO, BOTO_ELSEWHERE } from './boto.ts';
import { startTestStore, type TestStore } from './local-store.ts';

const run = promisify(execFile);

let store: TestStore;
let work: string;
let environment: NodeJS.ProcessEnv;
const LARGE = 20_000_000;

before(async () => {
  store = await startTestStore();
  work = await mkdtemp(path.join(tmpdir(), 'pixmill-clients-'));
  const up = path.join(work, 'up');
  await mkdir(path.join(up, 'sub folder'), { recursive: true });
  await writeFile(path.join(up, 'small.jpg'), randomBytes(150_000));
  await writeFile(path.join(up, 'sub folder', 'ä b+c.txt'), 'text');
  await writeFile(path.join(up, 'empty'), '');
  await writeFile(path.join(work, 'large.bin'), randomBytes(LARGE));
  environment = {
    PATH: process.env.PATH,
    HOME: work,
    LANG: 'C.UTF-8',
    AWS_ACCESS_KEY_ID: store.key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.key.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
});

after(async () => {
  await store.stop();
  await rm(work, { recursive: true });
});

/** Runs a client in the work folder; what it wrote to its output is the result. */
async function client(program: string, args: string[], options: ExecFileOptions = {}): Promise<string> {
  const { stdout } = await run(program, args, { cwd: work, env: environment, encoding: 'utf8', ...options });
  return String(stdout);
}

/** All files under a folder with their bytes. */
async function tree(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const found = await Promise.all(
    files.map(async (entry): Promise<[string, string]> => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file), (await readFile(file)).toString('base64')];
    }),
  );
  return Object.fromEntries(found.sort());
}

async function sameFile(name: string, expected = 'large.bin'): Promise<void> {
  assert.ok((await readFile(path.join(work, name))).equals(await readFile(path.join(work, expected))), name);
}

async function sameTree(folder: string, expected = 'up'): Promise<void> {
  assert.deepEqual(await tree(path.join(work, folder)), await tree(path.join(work, expected)));
}

async function fetched(url: string): Promise<void> {
  const answer = await fetch(url.trim());
  assert.equal(answer.status, 200);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(await readFile(path.join(work, 'large.bin'))));
}

async function noBucket(name: string): Promise<void> {
  const { rows } = await store.query('SELECT 1 FROM store_bucket WHERE name = $1', [name]);
  assert.equal(rows.length, 0);
}

/** True where the program can be run. */
function installed(program: string, args = ['--version']): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

// They share nothing but the store, and wait for their own start most of the time.
describe('the clients that people have', { concurrency: true }, () => {
  // The one on the path may be newer than the system's: both are in use.
  const awsClients = [...new Set(['/usr/bin/aws', 'aws'])];
  for (const program of awsClients) {
    const missing = program.startsWith('/') ? !existsSync(program) : !installed(program);
    test(`aws (${program}) does a session's work`, { skip: missing && `${program} is not installed` }, async () => {
      const bucket = program.startsWith('/') ? 'aws-system' : 'aws-path';
      const s3 = (...args: string[]) => client(program, ['--endpoint-url', store.endpoint, 's3', ...args]);
      const url = (key: string) => `s3://${bucket}/${key}`;
      await s3('mb', `s3://${bucket}`);
      await s3('cp', 'large.bin', url('large.bin'));
      await s3('cp', url('large.bin'), `${bucket}.bin`);
      await sameFile(`${bucket}.bin`);
      await s3('sync', 'up', url('tree'));
      assert.equal(await s3('sync', 'up', url('tree')), '');
      assert.match(await s3('ls', url('tree/')), /PRE sub folder\/.*0 empty.*150000 small\.jpg/s);
      assert.match(await s3('ls', '--recursive', `s3://${bucket}`), /tree\/sub folder\/ä b\+c\.txt/);
      await s3('sync', url('tree'), `${bucket}-down`);
      await sameTree(`${bucket}-down`);
      await s3('cp', url('large.bin'), url('copy.bin'));
      await s3('mv', url('copy.bin'), url('moved.bin'));
      await fetched(await s3('presign', url('moved.bin')));
      await s3('rm', url('moved.bin'));
      await s3('rb', '--force', `s3://${bucket}`);
      await noBucket(bucket);
    });
  }

  for (const program of awsClients) {
    const missing = program.startsWith('/') ? !existsSync(program) : !installed(program);
    test(`aws (${program}) reads with a key that may read, and is refused the rest`, {
      skip: missing && `${program} is not installed`,
    }, async () => {
      const bucket = program.startsWith('/') ? 'read-system' : 'read-path';
      await store.store.createBucket(bucket);
      const key = await store.store.accessKeys.create('aws', { read: [bucket], write: [] });
      const env = { ...environment, AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret };
      const s3 = (...args: string[]) => client(program, ['--endpoint-url', store.endpoint, 's3', ...args], { env });
      const url = (name: string) => `s3://${bucket}/${name}`;
      await client(program, ['--endpoint-url', store.endpoint, 's3', 'cp', 'large.bin', url('large.bin')]);
      assert.match(await s3('ls'), new RegExp(`^\\S+ \\S+ ${bucket}\\n$`));
      assert.match(await s3('ls', url('')), /20000000 large\.bin/);
      await s3('cp', url('large.bin'), `${bucket}.bin`);
      await sameFile(`${bucket}.bin`);
      const denied = /AccessDenied/;
      await assert.rejects(s3('cp', 'large.bin', url('mine.bin')), denied);
      await assert.rejects(s3('cp', 'up/small.jpg', url('small.jpg')), denied);
      await assert.rejects(s3('cp', url('large.bin'), url('copy.bin')), denied);
      await assert.rejects(s3('rm', url('large.bin')), denied);
      await assert.rejects(s3('mb', `s3://${bucket}-mine`), denied);
      await assert.rejects(s3('rb', '--force', `s3://${bucket}`), denied);
      await assert.rejects(s3('ls', 's3://aws-path'), denied);
      const presigned = await s3('presign', url('large.bin'));
      await fetched(presigned);
      await store.store.accessKeys.revoke(key.id);
      await assert.rejects(s3('ls', url('')), /InvalidAccessKeyId/);
      assert.equal((await fetch(presigned.trim())).status, 403);
    });
  }

  test("s3cmd does a session's work", { skip: !installed('s3cmd') && 's3cmd is not installed' }, async () => {
    const where = `127.0.0.1:${store.port}`;
    const keys = [`--access_key=${store.key.accessKeyId}`, `--secret_key=${store.key.secretAccessKey}`];
    const fixed = ['--no-ssl', `--host=${where}`, `--host-bucket=${where}`, '--no-progress', '--config=/dev/null', ...keys];
    const s3cmd = (...args: string[]) => client('s3cmd', [...fixed, ...args]);
    await s3cmd('mb', 's3://cmd-bucket');
    await s3cmd('put', 'large.bin', 's3://cmd-bucket/large.bin', '--multipart-chunk-size-mb=5');
    await s3cmd('get', 's3://cmd-bucket/large.bin', 'cmd.bin');
    await sameFile('cmd.bin');
    await s3cmd('sync', 'up/', 's3://cmd-bucket/tree/');
    assert.doesNotMatch(await s3cmd('sync', 'up/', 's3://cmd-bucket/tree/'), /upload:/);
    assert.match(await s3cmd('ls', 's3://cmd-bucket/tree/'), /DIR +s3:\/\/cmd-bucket\/tree\/sub folder\//);
    await mkdir(path.join(work, 'cmd-down'));
    await s3cmd('sync', 's3://cmd-bucket/tree/', 'cmd-down/');
    await sameTree('cmd-down');
    await s3cmd('cp', 's3://cmd-bucket/large.bin', 's3://cmd-bucket/copy.bin');
    await s3cmd('mv', 's3://cmd-bucket/copy.bin', 's3://cmd-bucket/moved.bin');
    await s3cmd('modify', '--add-header=x-amz-meta-a:b', 's3://cmd-bucket/moved.bin');
    assert.match(await s3cmd('info', 's3://cmd-bucket/moved.bin'), /File size: 20000000.*x-amz-meta-a: +b/s);
    assert.match(await s3cmd('info', 's3://cmd-bucket'), /Location: +us-east-1/);
    await fetched(await s3cmd('signurl', 's3://cmd-bucket/moved.bin', '+600'));
    await s3cmd('setacl', '--acl-private', 's3://cmd-bucket/moved.bin');
    await assert.rejects(s3cmd('setacl', '--acl-public', 's3://cmd-bucket/moved.bin'), /AccessControlListNotSupported/);
    await s3cmd('del', 's3://cmd-bucket/moved.bin');
    const old = (...args: string[]) => s3cmd('--signature-v2', ...args);
    await old('put', 'large.bin', 's3://cmd-bucket/old/ä b+c.bin', '--multipart-chunk-size-mb=5');
    assert.match(await old('ls', 's3://cmd-bucket/old/'), /20000000 +s3:\/\/cmd-bucket\/old\/ä b\+c\.bin/);
    await old('get', 's3://cmd-bucket/old/ä b+c.bin', 'old.bin');
    await sameFile('old.bin');
    await s3cmd('del', '--recursive', '--force', 's3://cmd-bucket');
    await s3cmd('rb', 's3://cmd-bucket');
    await noBucket('cmd-bucket');
  });

  test("rclone does a session's work", { skip: !installed('rclone', ['version']) && 'rclone is not installed' }, async () => {
    const env = {
      ...environment,
      RCLONE_CONFIG_PX_TYPE: 's3',
      RCLONE_CONFIG_PX_PROVIDER: 'Other',
      RCLONE_CONFIG_PX_ENV_AUTH: 'true',
      RCLONE_CONFIG_PX_ENDPOINT: store.endpoint,
    };
    const rclone = (...args: string[]) => client('rclone', ['--s3-chunk-size=5M', '--s3-upload-cutoff=6M', ...args], { env });
    await rclone('mkdir', 'px:clone-bucket');
    await rclone('copyto', 'large.bin', 'px:clone-bucket/large.bin');
    await rclone('copyto', 'px:clone-bucket/large.bin', 'clone.bin');
    await sameFile('clone.bin');
    await rclone('sync', 'up', 'px:clone-bucket/tree');
    await cp(path.join(work, 'up'), path.join(work, 'clone-up'), { recursive: true });
    await writeFile(path.join(work, 'clone-up', 'small.jpg'), 'changed');
    await rm(path.join(work, 'clone-up', 'empty'));
    await rclone('sync', 'clone-up', 'px:clone-bucket/tree');
    await rclone('check', 'clone-up', 'px:clone-bucket/tree');
    await rclone('sync', 'px:clone-bucket/tree', 'clone-down');
    await sameTree('clone-down', 'clone-up');
    assert.match(await rclone('ls', 'px:clone-bucket'), /20000000 large\.bin/);
    assert.match(await rclone('lsd', 'px:'), /clone-bucket/);
    await rclone('copyto', 'px:clone-bucket/large.bin', 'px:clone-bucket/copy.bin');
    await rclone('moveto', 'px:clone-bucket/copy.bin', 'px:clone-bucket/moved.bin');
    await fetched(await rclone('link', '--expire=10m', 'px:clone-bucket/moved.bin'));
    assert.match(await rclone('backend', 'versioning', 'px:clone-bucket'), /Unversioned/);
    await rclone('deletefile', 'px:clone-bucket/moved.bin');
    await rclone('purge', 'px:clone-bucket');
    await noBucket('clone-bucket');
  });

  for (const python of ['/usr/bin/python3', 'python3']) {
    const missing = !installed(python, ['-c', 'import boto3']);
    test(`boto3 (${python}) does a session's work`, { skip: missing && 'boto3 is not installed there' }, async () => {
      const bucket = python.startsWith('/') ? 'boto-system' : 'boto-path';
      await client(python, ['-W', 'ignore', '-c', BOTO, store.endpoint, bucket]);
      await noBucket(bucket);
    });

    const elsewhere = `boto3 (${python}) of another region finds its way by what the store answers`;
    test(elsewhere, { skip: missing && 'boto3 is not installed there' }, async () => {
      const bucket = python.startsWith('/') ? 'boto-system-elsewhere' : 'boto-path-elsewhere';
      await client(python, ['-W', 'ignore', '-c', BOTO_ELSEWHERE, store.endpoint, bucket]);
      await noBucket(bucket);
    });
  }
});
