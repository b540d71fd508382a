// The commands that speak to a server, each run as a child process against the whole program.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { AWKWARD, assertHarmless, startJourney } from '../cli-journey.ts';
import { runCommand, startCommand, startProcess } from '../command.ts';
import { until } from '../program.ts';

const { server, data, pictures, pixmill, told, picture } = await startJourney();

const slowRun = async () => (await told('status')).pipelines.find(({ name }: { name: string }) => name === 'slow').lastRun;

test('a failure is shown by put, failures, status and explain, and redrive tries it again', async () => {
  const bad = join(pictures, 'bad.jpg');
  await writeFile(bad, 'no picture');
  const { code, stdout } = await pixmill('put', bad, '--wait');
  assert.equal(code, 3);
  assert.match(stdout, /failed {2}pictures\/bad\.jpg\n {2}thumbnail\/thumbnail {2}unsupported {2}.+→ /);

  const [failure] = (await told('failures', '--class', 'unsupported', '--pipeline', 'thumbnail')).items;
  assert.equal(failure.key, 'bad.jpg');
  assert.match((await pixmill('failures')).stdout, new RegExp(` ${failure.id} .*unsupported {2}pictures/bad\\.jpg`));
  const none = await pixmill('failures', '--class', 'corrupt');
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'nothing has failed\n']);

  assert.match((await pixmill('status')).stdout, /failures +1 unsupported/);
  assert.equal((await told('status')).stats.failures.unsupported, 1);
  const explained = await pixmill('explain', 'pictures/bad.jpg');
  assert.match(explained.stdout, new RegExp(`pixmill redrive ${failure.id}`));

  assert.match((await pixmill('redrive', String(failure.id))).stdout, /1 failure will be tried again/);
  await until('it has failed again', async () => {
    const [again] = (await told('failures', '--limit', '1')).items;
    return again && again.id !== failure.id ? again : undefined;
  });
  assert.deepEqual(await told('redrive', '--all'), { redriven: 1 });
});

test('explain tells the story in order, and why nothing was done', async () => {
  await picture(`odd/${AWKWARD}`);
  await pixmill('put', join(pictures, 'odd'), await picture('same.jpg'), '--prefix', 'odd/', '--wait');
  const story = await pixmill('explain', `pictures/odd/${AWKWARD}`);
  assertHarmless(story.stdout);
  assert.match(story.stdout, /done, 320 × 240 jpeg/);
  assert.match(story.stdout, /\d\d:\d\d:\d\d\.\d{3} {2}event +put[\s\S]*rendered[\s\S]*made/);
  assert.match((await pixmill('explain', 's3://output/x.jpg')).stdout, /Nothing is done about it, since no pipeline takes it/);
  assert.match((await pixmill('explain', 'pictures/never')).stdout, /nothing was heard of it.*"pixmill run thumbnail" finds it/);
  assert.match(
    (await pixmill('explain', 'thumbnails/odd/same.jpg.webp')).stdout,
    /its story is that of its original: pixmill explain pictures\/odd\/same\.jpg/,
  );
  const { pipelines, story: chapters } = await told('explain', 'pictures/odd/same.jpg');
  assert.deepEqual(
    pipelines.map(({ takes }: { takes: boolean }) => takes),
    [true, false, false],
  );
  assert.ok(chapters.length >= 3);
});

test('events are listed with what came of them, by object, door and outcome', async () => {
  await picture(`heard/${AWKWARD}`);
  const bad = join(pictures, 'heard/no-picture.jpg');
  await writeFile(bad, 'no picture');
  await pixmill('put', join(pictures, 'heard'), '--prefix', 'heard/', '--wait');
  const { stdout } = await pixmill('events', '--bucket', 'pictures', '--limit', '2');
  assertHarmless(stdout);
  assert.match(stdout, /^TIME +FROM +KIND +OF +RESULT\n/);
  assert.match(stdout, /\d\d:\d\d:\d\d {2}store +put +pictures\/heard\/no-picture\.jpg +failed .+/);
  assert.equal(stdout.trimEnd().split('\n').length, 3);
  const of = async (...filter: string[]) =>
    (await told('events', ...filter)).items.map(({ key, result }: { key: string; result: string }) => [key, result]);
  assert.deepEqual(await of('--bucket', 'pictures', '--key', 'heard/no-picture.jpg', '--door', 'store'), [
    ['heard/no-picture.jpg', 'failed'],
  ]);
  assert.ok((await of('--outcome', 'error')).some(([key]: [string]) => key === 'heard/no-picture.jpg'));
  assert.deepEqual(await of('--outcome', 'open'), []);
  const none = await pixmill('events', '--sender', 'nobody');
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'nothing was heard\n']);
  const lonely = await pixmill('events', '--key', 'x');
  assert.deepEqual([lonely.code, lonely.stdout], [2, '']);
  assert.match(lonely.stderr, /--key needs --bucket/);
  const { stats } = await told('status');
  assert.ok(stats.cos >= 1 && stats.cos_error >= 1 && stats.cron === 0, JSON.stringify(stats));
  assert.match(
    (await pixmill('status')).stdout,
    /events +[\d,]+ of objects \(\d+ failed\), 0 of timers \(0 failed\), 0 open, since /,
  );
});

test('files are listed in every bucket they should be in, and what is missing is told', async () => {
  const { endpoint, accessKeyId, secretAccessKey } = server.s3;
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  const lost = { Bucket: 'thumbnails', Key: 'heard/no-picture.jpg.webp' };
  await s3.send(new PutObjectCommand({ ...lost, Body: 'not made by Pixmill' }));
  s3.destroy();
  const { stdout } = await pixmill('files', '--q', 'HEARD/', '--pipeline', 'thumbnail');
  assertHarmless(stdout);
  assert.match(stdout, /^FILE +FOUND +SIZE +MODIFIED\n/);
  assert.match(stdout, /\n {2}thumbnail\/thumbnail {2}.*present +\d+ B +\d{4}-/);
  assert.match(stdout, /pictures\/heard\/no-picture\.jpg +present +10 B .* failed\n/);
  assert.match(stdout, /thumbnails\/heard\/no-picture\.jpg\.webp +present +19 B .* not on the ledger/);
  const { items, more } = await told('files', '--bucket', 'pictures', '--state', 'drift');
  assert.deepEqual([items.map(({ key }: { key: string }) => key), more], [['heard/no-picture.jpg'], false]);
  const one = await pixmill('files', '--limit', '1');
  assert.match(one.stderr, /there may be more than these 1 file: raise --limit/);
  const none = await pixmill('files', '--state', 'missing', '--bucket', 'slow');
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'there are no such files\n']);
});

test('failures are chosen by bucket, by what their key begins with, and by time', async () => {
  const keys = async (...filter: string[]) => (await told('failures', ...filter)).items.map(({ key }: { key: string }) => key);
  assert.deepEqual(await keys('--bucket', 'pictures', '--prefix', 'heard/', '--since', '1h'), ['heard/no-picture.jpg']);
  assert.deepEqual(await keys('--prefix', 'heard/', '--since', '2999-01-01'), []);
  assert.deepEqual(await told('redrive', '--prefix', 'heard/', '--bucket', 'input'), { redriven: 0 });
  assert.deepEqual(await told('redrive', '--prefix', 'heard/', '--since', '1d'), { redriven: 1 });
  const { code, stderr } = await pixmill('failures', '--since', 'yesterday');
  assert.equal(code, 2);
  assert.match(stderr, /must be a time ago such as/);
});

test('run waits for its end, and exits with 3 where objects failed', async () => {
  const good = await pixmill('run', 'thumbnail');
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /run \d+ of thumbnail: done in .*scanned, 0 changed, 0 done, 0 failed/);
  // Two originals of one output: the second is refused, each time anew.
  await pixmill('put', await picture('one/clash.jpg'), '--bucket', 'input', '--prefix', 'one/', '--wait');
  await pixmill('put', await picture('two/clash.jpg'), '--bucket', 'input', '--prefix', 'two/', '--wait');
  const { code, stdout, stderr } = await pixmill('run', 'negative', '--json');
  const { state, failed } = JSON.parse(stdout);
  assert.deepEqual([code, state, failed], [3, 'done', 1], stderr);
});

test('an unknown pipeline is answered with those there are', async () => {
  for (const args of [
    ['run', 'nix'],
    ['run', 'nix', '--cancel'],
  ]) {
    const { code, stderr } = await pixmill(...args);
    assert.equal(code, 1);
    assert.match(stderr, /there is no pipeline "nix"\n.*thumbnail, negative, slow/);
  }
  const idle = await pixmill('run', 'thumbnail', '--cancel');
  assert.equal(idle.code, 1);
  assert.match(idle.stderr, /no run of pipeline "thumbnail" is under way/);
});

test('Ctrl-C leaves a run under way, which --cancel ends', async () => {
  const noise = await sharp({
    create: { width: 2500, height: 2500, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 60 } },
  })
    .jpeg()
    .toBuffer();
  const file = join(pictures, 'noise.jpg');
  await writeFile(file, noise);
  await pixmill('put', file, '--bucket', 'slow');
  const watching = startCommand(['run', 'slow'], { env: { PIXMILL_DATA: data } });
  const { id } = await until('the run waits for the picture', async () => {
    const run = await slowRun();
    return run?.listed ? run : undefined;
  });
  watching.child.kill('SIGINT');
  const { code, stdout, stderr } = await watching.ended;
  assert.deepEqual([code, stdout], [130, '']);
  assert.match(stderr, new RegExp(`run ${id} goes on without you`));
  assert.equal((await told('run', 'slow', '--no-wait')).id, id);
  const cancelled = await pixmill('run', 'slow', '--cancel');
  assert.equal(cancelled.code, 0);
  assert.match(cancelled.stdout, new RegExp(`run ${id} of slow is cancelled`));
});

test('tokens are made, listed and revoked, and a link is for a browser', async () => {
  const made = await pixmill('token', 'create', 'nightly', '--expires', '90d');
  assert.match(made.stdout, /^pxa_\S{43}\n$/);
  const env = { PIXMILL_URL: server.url, PIXMILL_TOKEN: made.stdout.trim(), PIXMILL_DATA: pictures };
  assert.equal((await runCommand(['status'], { env })).code, 0);
  const { items } = await told('token', 'list');
  const { id, expiresAt } = items.find(({ name }: { name: string }) => name === 'nightly');
  assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 90 * 86_400_000) < 60_000);
  assert.match((await pixmill('token', 'list')).stdout, /commands on this machine \(this one\)/);
  assert.deepEqual(await told('token', 'revoke', String(id)), { revoked: id });
  const refused = await runCommand(['status'], { env });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /does not know the token of PIXMILL_TOKEN\n.*token create/);
  const hook = await pixmill('token', 'create', 'minio', '--hook');
  assert.match(hook.stdout, /^pxh_\S{43}\n$/);
  assert.match(hook.stderr, /events go to http:\/\/\S+\/hooks\/events/);
  assert.match((await pixmill('token', 'list')).stdout, /hook +minio +/);
  const link = (await pixmill('token', 'link')).stdout.trim();
  assert.ok(link.startsWith(`${server.url}/sign-in?token=pxl_`), link);
});

test('an access key is made for a shell, does what it may, is listed, and ends with its revoking', async () => {
  const made = await pixmill('access-key', 'create', 'cam 1', '--write', 'pictures', 'input', '--read', 'pictures');
  assert.equal(made.code, 0, made.stderr);
  assert.match(
    made.stderr,
    /access key PXML\w{16}, 'cam 1', may read pictures, and write pictures, input; its secret is not shown/,
  );
  const file = join(pictures, 'cam.env');
  await writeFile(file, made.stdout);
  const line =
    'export AWS_PROFILE=other; . "$1"; printf "%s|" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_ENDPOINT_URL" "$AWS_PROFILE"';
  const shell = await startProcess('sh', ['-c', line, 'sh', file]).ended;
  const [accessKeyId = '', secretAccessKey = '', endpoint = '', profile] = shell.stdout.split('|');
  assert.deepEqual([endpoint, profile], [server.s3.endpoint, '']);
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  const put = (Bucket: string) => s3.send(new PutObjectCommand({ Bucket, Key: 'by-key.jpg', Body: 'x' }));
  await put('pictures');
  await put('input');
  await assert.rejects(put('thumbnails'), { name: 'AccessDenied' });

  const { items } = await told('access-key', 'list');
  const { createdAt, lastUsedAt, ...listed } = items[0];
  assert.deepEqual(listed, {
    id: accessKeyId,
    name: 'cam 1',
    read: ['pictures'],
    write: ['pictures', 'input'],
    everything: false,
  });
  assert.ok(Date.parse(lastUsedAt) >= Date.parse(createdAt));
  const text = (await pixmill('access-key', 'list')).stdout;
  assert.match(text, new RegExp(`${accessKeyId} +cam 1 +pictures +pictures, input `));
  assert.match(text, new RegExp(`${server.s3.accessKeyId} +Pixmill itself +everything +everything `));
  assert.ok(!text.includes(secretAccessKey));

  assert.deepEqual(await told('access-key', 'revoke', accessKeyId), { revoked: accessKeyId });
  await assert.rejects(put('pictures'), { name: 'InvalidAccessKeyId' });
  s3.destroy();
  const again = await pixmill('access-key', 'revoke', accessKeyId);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there is no access key "PXML\w+"\n/);
  const own = await pixmill('access-key', 'revoke', server.s3.accessKeyId);
  assert.equal(own.code, 1);
  assert.match(own.stderr, /by which Pixmill itself reaches its store\n.*access-key create/);
  const odd = await pixmill('access-key', 'create', 'odd', '--read', 'Pictures');
  assert.deepEqual([odd.code, odd.stdout], [1, '']);
  assert.match(odd.stderr, /"Pictures" cannot be the name of a bucket/);
});

test('the data folder tells where the server is', async () => {
  const { url } = await told('status');
  assert.equal(url, JSON.parse(await readFile(join(data, 'local.json'), 'utf8')).url);
});
