// The commands that speak to a server, each run as a child process against the whole program.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { runCommand, startCommand, startProcess, temporaryFolder } from '../command.ts';
import { createDataFolder, removeDataFolder, startProgram, until } from '../program.ts';

const pictures = await temporaryFolder('cli-pictures');
const data = await createDataFolder();
const config = join(data, 'pixmill.config.json');

/** Renders for longer than any test runs. */
const slow = {
  source: { bucket: 'slow' },
  renditions: { slow: { recipe: { format: 'avif', effort: 9 }, to: { bucket: 'slow-out', key: '{key}.avif' } } },
};
const thumbnail = { recipe: { resize: { width: 64 }, format: 'webp' }, to: { bucket: 'thumbnails', key: '{key}.webp' } };
const flat = { recipe: { negate: true }, to: { bucket: 'output', key: 'negated_{name}' } };
await writeFile(
  config,
  JSON.stringify({
    pipelines: {
      thumbnail: { source: { bucket: 'pictures' }, renditions: { thumbnail } },
      negative: { source: { bucket: 'input' }, renditions: { negative: flat } },
      slow,
    },
    limits: { seconds: 600 },
  }),
);

const server = await startProgram(data, { PIXMILL_CONFIG: config });
after(async () => {
  await server.kill();
  // Takes over the database that was left running, and stops it.
  await pixmill('migrate', 'status');
  await removeDataFolder(data);
});

/** A command as on the server's own machine. */
const pixmill = (...args: string[]) => runCommand(args, { env: { PIXMILL_DATA: data } });
const told = async (...args: string[]) => JSON.parse((await pixmill(...args, '--json')).stdout);

async function picture(name: string, width = 320): Promise<string> {
  const file = join(pictures, name);
  await mkdir(join(file, '..'), { recursive: true });
  await sharp({ create: { width, height: 240, channels: 3, background: '#336699' } })
    .jpeg()
    .toFile(file);
  return file;
}

/** Blanks, letters that take several bytes, a quote, a line break and what would turn a terminal red. */
const AWKWARD = "ä 'ü\n\u001b[31m.jpg";
const SHOWN = "$'pictures/odd/deep/ä \\'ü\\n\\x1b[31m.jpg'";

const slowRun = async () => (await told('status')).pipelines.find(({ name }: { name: string }) => name === 'slow').lastRun;

/** Nothing that a terminal would act on, but line ends. */
function assertHarmless(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
}

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
  assert.ok(stdout.includes(SHOWN), stdout);
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
  const story = await pixmill('explain', `pictures/odd/deep/${AWKWARD}`);
  assertHarmless(story.stdout);
  assert.match(story.stdout, /done, 320 × 240 jpeg/);
  assert.match(story.stdout, /\d\d:\d\d:\d\d\.\d{3} {2}event +put[\s\S]*rendered[\s\S]*made/);
  assert.match((await pixmill('explain', 's3://output/x.jpg')).stdout, /Nothing is done about it, since no pipeline takes it/);
  assert.match((await pixmill('explain', 'pictures/never')).stdout, /nothing was heard of it.*"pixmill run thumbnail" finds it/);
  assert.match(
    (await pixmill('explain', 'thumbnails/same.jpg.webp')).stdout,
    /its story is that of its original: pixmill explain pictures\/same\.jpg/,
  );
  const { pipelines, story: chapters } = await told('explain', 'pictures/same.jpg');
  assert.deepEqual(
    pipelines.map(({ takes }: { takes: boolean }) => takes),
    [true, false, false],
  );
  assert.ok(chapters.length >= 3);
});

test('run waits for its end, and exits with 3 where objects failed', async () => {
  const good = await pixmill('run', 'thumbnail');
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /run \d+ of thumbnail: done in .*scanned, 0 queued, 0 done, 0 failed/);
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
  const link = (await pixmill('token', 'link')).stdout.trim();
  assert.ok(link.startsWith(`${server.url}/sign-in?token=pxl_`), link);
});

test('a terminal gets a progress bar and colours, and no colours with NO_COLOR', async (t) => {
  const file = await picture('seen.jpg');
  const command = `${process.execPath} bin/pixmill.js put '${file}' --wait`;
  const onTerminal = (env: NodeJS.ProcessEnv) =>
    startProcess('script', ['-qec', command, '/dev/null'], { env: { PIXMILL_DATA: data, TERM: 'xterm', ...env } }).ended;
  const seen = await onTerminal({}).catch(() => undefined);
  if (!seen) return t.skip('needs the command "script"');
  assert.match(seen.stdout, /░[\s\S]*0 of 1 file/);
  assert.ok(seen.stdout.includes('\u001b[32mdone'));
  const plain = await onTerminal({ NO_COLOR: '1' });
  assert.ok(plain.stdout.includes('done') && !plain.stdout.includes('\u001b[3'));
});

test('the data folder tells where the server is', async () => {
  const { url } = await told('status');
  assert.equal(url, JSON.parse(await readFile(join(data, 'local.json'), 'utf8')).url);
});
