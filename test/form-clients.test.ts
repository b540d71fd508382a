// Forms as the clients that people have make and send them, against the built-in store.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPost } from '@aws-sdk/s3-presigned-post';
import { startTestStore, type TestStore, testClient } from './local-store.ts';

const run = promisify(execFile);
const Bucket = 'forms';
const LARGE = 20_000_000;
// biome-ignore lint/suspicious/noTemplateCurlyInString: S3 writes it so
const FILE_NAME = '${filename}';

let store: TestStore;
let s3: S3Client;
let work: string;
let large: Buffer;

before(async () => {
  store = await startTestStore();
  s3 = testClient(store);
  await store.store.createBucket(Bucket);
  work = await mkdtemp(path.join(tmpdir(), 'pixmill-forms-'));
  large = randomBytes(LARGE);
  await writeFile(path.join(work, 'large file ä.bin'), large);
});

after(async () => {
  s3.destroy();
  await store.stop();
  await rm(work, { recursive: true });
});

async function bytesOf(Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function fill({ fields }: PresignedPost, file: Buffer, name: string): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([new Uint8Array(file)]), name);
  return form;
}

test('createPresignedPost of the AWS SDK and fetch', async () => {
  const post = await createPresignedPost(s3, {
    Bucket,
    Key: `sdk/${FILE_NAME}`,
    Fields: { 'Content-Type': 'image/png', 'x-amz-meta-by': 'ä', success_action_status: '201' },
    Conditions: [
      ['content-length-range', LARGE, LARGE],
      ['starts-with', '$Content-Type', 'image/'],
    ],
    Expires: 60,
  });
  const send = (file: Buffer) => fetch(post.url, { method: 'POST', body: fill(post, file, 'ä b.png') });
  const answer = await send(large);
  assert.equal(answer.status, 201);
  assert.match(await answer.text(), /<Key>sdk\/ä b\.png<\/Key>/);
  assert.ok((await bytesOf('sdk/ä b.png')).equals(large));
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'sdk/ä b.png' }));
  assert.equal(head.ContentType, 'image/png');
  assert.equal(head.Metadata?.by, Buffer.from('ä').toString('latin1'));
  const small = await send(large.subarray(1));
  assert.deepEqual([small.status, /<Code>EntityTooSmall</.test(await small.text())], [400, true]);
});

test('curl -F', { skip: spawnSync('curl', ['--version']).status !== 0 && 'curl is not installed' }, async () => {
  for (const [file, key] of [
    [`@${path.join(work, 'large file ä.bin')}`, 'curl/large file ä.bin'],
    ['text', 'curl/'],
  ] as const) {
    const { url, fields } = await createPresignedPost(s3, { Bucket, Key: `curl/${FILE_NAME}`, Expires: 60 });
    const given = Object.entries(fields).flatMap(([name, value]) => ['--form-string', `${name}=${value}`]);
    const { stdout } = await run('curl', ['-sS', '-o', '-', '-w', '%{http_code}', ...given, '-F', `file=${file}`, url]);
    assert.equal(stdout, '204');
    assert.ok((await bytesOf(key)).equals(file === 'text' ? Buffer.from('text') : large));
  }
});

// urllib3 comes with boto3. The second form has a file name for every field, as `requests` sends what it is given as files.
const BOTO = `
import boto3, sys, urllib3
from botocore.client import Config
endpoint, bucket, name = sys.argv[1:]
large = open(name, 'rb').read()
http = urllib3.PoolManager()
s3 = boto3.client('s3', endpoint_url=endpoint)
for version, signer in (('v2', s3), ('v4', boto3.client('s3', endpoint_url=endpoint, config=Config(signature_version='s3v4')))):
    post = signer.generate_presigned_post(bucket, version + '/\${filename}', Fields={'acl': 'private', 'Content-Type': 'a/b'},
        Conditions=[{'acl': 'private'}, ['starts-with', '$Content-Type', 'a/'], ['content-length-range', 1, len(large)]], ExpiresIn=60)
    assert ('signature' in post['fields']) == (version == 'v2'), post['fields']
    answer = http.request('POST', post['url'], fields={**post['fields'], 'file': ('large.bin', large)})
    assert answer.status == 204, answer.data
    found = s3.get_object(Bucket=bucket, Key=version + '/large.bin')
    assert found['Body'].read() == large and found['ContentType'] == 'a/b'
    named = {field: (field, value) for field, value in post['fields'].items()}
    answer = http.request('POST', post['url'], fields={**named, 'file': ('ä.bin', b'small')})
    assert answer.status == 204, answer.data
    assert s3.get_object(Bucket=bucket, Key=version + '/ä.bin')['Body'].read() == b'small'
    answer = http.request('POST', post['url'], fields={**post['fields'], 'file': ('large.bin', large + b'x')})
    assert answer.status == 400 and b'EntityTooLarge' in answer.data, answer.data
    answer = http.request('POST', post['url'], fields={**post['fields'], 'acl': 'public-read', 'file': ('large.bin', b'x')})
    assert answer.status == 403 and b'Policy Condition failed' in answer.data, answer.data
`;

describe('generate_presigned_post of boto3, by default in version 2, and in version 4', { concurrency: true }, () => {
  for (const python of ['/usr/bin/python3', 'python3']) {
    const missing = spawnSync(python, ['-c', 'import boto3'], { stdio: 'ignore' }).status !== 0;
    test(python, { skip: missing && 'boto3 is not installed there' }, async () => {
      const bucket = python.startsWith('/') ? 'boto-system' : 'boto-path';
      await store.store.createBucket(bucket);
      const env = {
        PATH: process.env.PATH,
        HOME: work,
        LANG: 'C.UTF-8',
        AWS_ACCESS_KEY_ID: store.key.accessKeyId,
        AWS_SECRET_ACCESS_KEY: store.key.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
      };
      const file = path.join(work, 'large file ä.bin');
      await run(python, ['-W', 'ignore', '-c', BOTO, store.endpoint, bucket, file], { env });
    });
  }
});
