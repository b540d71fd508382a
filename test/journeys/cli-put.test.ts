// `pixmill put` in all its ways, as a child process against the whole program.
import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HeadObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { AWKWARD, assertHarmless, startJourney } from '../cli-journey.ts';
import { runCommand, startCommand, startProcess } from '../command.ts';
import { until } from '../program.ts';

const { server, data, config, pictures, pixmill, told, picture } = await startJourney();

test('put uploads a folder under exactly its names, and --wait prints what was made', async () => {
  await picture('folder/plain.jpg');
  await picture(`folder/deep/${AWKWARD}`);
  await writeFile(join(pictures, 'folder/.hidden'), 'x');
  const { code, stdout, stderr } = await pixmill('put', join(pictures, 'folder'), '--prefix', 'odd/', '--wait');
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /done {2}pictures\/odd\/plain\.jpg\n {2}thumbnail\/thumbnail +thumbnails\/odd\/plain\.jpg\.webp +64 × 48 webp/,
  );
  assert.ok(stdout.includes("$'pictures/odd/deep/ä \\'ü\\n\\x1b[31m.jpg'"), stdout);
  assertHarmless(stdout);
  assert.match(stderr, /left out 1 hidden name/);
  assert.match(stderr, /uploaded 2 files of 2 \(.+\/s\)/);
  const head = await server.client().send(new HeadObjectCommand({ Bucket: 'pictures', Key: `odd/deep/${AWKWARD}` }));
  assert.equal(head.ContentType, 'image/jpeg');
});

test('put --json holds the renditions, and render without a server gives the same bytes', async () => {
  const file = await picture('same.jpg', 400);
  const { bucket, objects, faults } = await told('put', file, '--wait');
  assert.deepEqual([bucket, faults], ['pictures', []]);
  const [{ file: sent, key, state, renditions }] = objects;
  assert.deepEqual([sent, key, state, renditions.length], [file, 'same.jpg', 'done', 1]);
  const alone = await runCommand(['render', file, join(pictures, 'same.webp'), '--recipe', 'thumbnail/thumbnail', '--json'], {
    env: { PIXMILL_CONFIG: config },
  });
  const { out, fingerprint } = JSON.parse(alone.stdout);
  assert.deepEqual([out.sha256, fingerprint], [renditions[0].sha256, renditions[0].fingerprint]);
});

test('a file that cannot be read is named, and the others go on', async () => {
  const { code, stdout, stderr } = await pixmill('put', join(pictures, 'nix.jpg'), await picture('other.jpg'));
  assert.equal(code, 1);
  assert.equal(stdout, 'pictures/other.jpg\n');
  assert.match(stderr, /nix\.jpg cannot be read: there is no such file/);
  assert.match(stderr, /uploaded 1 file of 2/);
});

test('two files of one key are refused before anything is uploaded', async () => {
  const { code, stderr } = await pixmill('put', await picture('a/twin.jpg'), await picture('b/twin.jpg'), '--prefix', 'twins/');
  assert.equal(code, 1);
  assert.match(stderr, /a\/twin\.jpg and .*b\/twin\.jpg would both have the key twins\/twin\.jpg/);
  const { KeyCount } = await server.client().send(new ListObjectsV2Command({ Bucket: 'pictures', Prefix: 'twins/' }));
  assert.equal(KeyCount, 0);
});

test('put into a bucket that is not there, or that nobody reads, says so', async () => {
  const absent = await pixmill('put', await picture('lost.jpg'), '--bucket', 'no-such-bucket');
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /bucket no-such-bucket: the store has no such bucket\n.*--bucket/);
  const unread = await pixmill('put', await picture('lost.jpg'), '--bucket', 'output', '--wait');
  assert.equal(unread.code, 0);
  assert.match(unread.stdout, /ignored {2}output\/lost\.jpg\n {2}thumbnail: it reads bucket "pictures"/);
});

test('with a token alone put goes through presigned URLs, and the server chooses the key', async () => {
  const env = { PIXMILL_URL: server.url, PIXMILL_TOKEN: server.token, PIXMILL_DATA: pictures };
  const file = await picture('Far: away.jpg');
  const { code, stdout, stderr } = await runCommand(['put', file, '--wait', '--json'], { env });
  assert.equal(code, 0, stderr);
  const [{ key, state }] = JSON.parse(stdout).objects;
  assert.deepEqual([key, state], ['Far_ away.jpg', 'done']);
  const prefixed = await runCommand(['put', file, '--prefix', 'x/'], { env });
  assert.equal(prefixed.code, 2);
  assert.match(prefixed.stderr, /--prefix needs keys to the store/);
});

test('with keys to a store that is not built in, put goes straight there, and tells the server', async () => {
  const { endpoint, accessKeyId, secretAccessKey } = server.s3;
  const keys = { S3_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const env = { PIXMILL_URL: server.url, PIXMILL_TOKEN: server.token, PIXMILL_DATA: pictures, ...keys };
  const file = await picture('Exact: name.jpg');
  const { code, stdout, stderr } = await runCommand(['put', file, '--prefix', 'x/', '--wait'], { env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /done {2}'pictures\/x\/Exact: name\.jpg'/);
  const { story } = await told('explain', 'pictures/x/Exact: name.jpg');
  assert.ok(story.some(({ detail }: { detail: string }) => detail.startsWith('upload said: put')));
});

test('Ctrl-C gives an upload up, and leaves no parts of it in the store', async () => {
  const file = join(pictures, 'huge.jpg');
  await writeFile(file, '');
  await truncate(file, 400_000_000);
  const putting = startCommand(['put', file, '--json'], { env: { PIXMILL_DATA: data } });
  const parts = async () => (await server.client().send(new ListMultipartUploadsCommand({ Bucket: 'pictures' }))).Uploads;
  await until('parts of it are in the store', parts);
  putting.child.kill('SIGINT');
  const { code, stdout, stderr } = await putting.ended;
  assert.deepEqual([code, JSON.parse(stdout).objects], [130, []], stderr);
  assert.match(stderr, /uploaded 0 files of 1/);
  assert.equal(await parts(), undefined);
});

test('a terminal gets a progress bar and colours, and no colours with NO_COLOR', async (t) => {
  const file = await picture('seen.jpg');
  const command = `${process.execPath} bin/pixmill.js put '${file}' --wait`;
  // Node takes the terminal of a machine named CI for one without colours.
  const onTerminal = (env: NodeJS.ProcessEnv) =>
    startProcess('script', ['-qec', command, '/dev/null'], { env: { PIXMILL_DATA: data, TERM: 'xterm', CI: undefined, ...env } })
      .ended;
  const seen = await onTerminal({}).catch(() => undefined);
  if (!seen) return t.skip('needs the command "script"');
  assert.match(seen.stdout, /░[\s\S]*0 of 1 file/);
  assert.ok(seen.stdout.includes('\u001b[32mdone'));
  const plain = await onTerminal({ NO_COLOR: '1' });
  assert.ok(plain.stdout.includes('done') && !plain.stdout.includes('\u001b[3'));
});
