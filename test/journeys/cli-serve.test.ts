// `pixmill serve` from its first line to its last, and what works on its data folder beside it.
import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { LAUNCHER, type RunningCommand, ready, runCommand, startCommand, startProcess, temporaryFolder } from '../command.ts';
import { fixture } from '../fixtures/make.ts';
import { createDataFolder, removeDataFolder, until } from '../program.ts';

const data = await createDataFolder();
const scratch = await temporaryFolder('cli-serve');
after(() => removeDataFolder(data));

const PORTS = { PORT: '0', PIXMILL_S3_PORT: '0' };
const serve = (args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
  startCommand(['serve', ...args], { env: { ...PORTS, PIXMILL_DATA: data, ...env } });
const onData = (...args: string[]) => runCommand(args, { env: { PIXMILL_DATA: data } });

/** By the command "script", which may be missing. */
const onTerminal = (command: string, keys: string) =>
  startProcess('script', ['-qec', `'${process.execPath}' '${LAUNCHER}' ${command}`, '/dev/null'], {
    env: { PIXMILL_DATA: data, TERM: 'xterm' },
    input: Buffer.from(keys),
  }).ended;

/** The addresses of the ready line, and the link of the line behind it. */
async function readReady(server: RunningCommand) {
  await ready(server);
  const [line = '', link = ''] = server.stdout().split('\n');
  const [, url = '', s3 = ''] = /is ready: (http:\S+) \(page\), (http:\S+) \(S3\)$/.exec(line) ?? [];
  return { line, url, s3, link };
}

test('the first start prints one line with both addresses and one with a sign-in link; SIGTERM ends it with 0', async () => {
  const server = serve();
  const { line, url, s3, link } = await readReady(server);
  assert.ok(url && s3 && url !== s3, line);
  assert.equal((await fetch(new URL('/healthz', url))).status, 200);
  assert.match(link, new RegExp(`${url}/sign-in\\?token=pxl_\\S{43}$`));
  server.child.kill('SIGTERM');
  const { code, stdout } = await server.ended;
  assert.equal(code, 0);
  assert.equal(stdout.trimEnd().split('\n').length, 2);
});

test('--json gives the addresses to programs, and Ctrl-C ends it with 0 even where it arrives twice', async () => {
  const server = serve(['--json']);
  await until('its JSON is whole', async () => server.stdout().endsWith('}\n') || undefined, 60_000);
  const { url, s3, signInLink, version } = JSON.parse(server.stdout());
  assert.ok(url.startsWith('http://127.0.0.1:') && s3.startsWith('http://127.0.0.1:') && signInLink.startsWith(url) && version);
  // A terminal and npm both hand it on.
  server.child.kill('SIGINT');
  server.child.kill('SIGINT');
  assert.equal((await server.ended).code, 0);
});

test('migrations are listed, reverted and applied while no server runs', async () => {
  const { migrations } = JSON.parse((await onData('migrate', 'status', '--json')).stdout);
  assert.ok(migrations.length >= 2 && migrations.every(({ appliedAt }: { appliedAt: string }) => Date.parse(appliedAt)));
  const newest = migrations.at(-1).name;
  const unasked = await onData('migrate', 'down');
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, new RegExp(`reverting ${newest} deletes its tables.*\n.*--yes`));
  const asked = await onTerminal('migrate down', 'n\n').catch(() => undefined);
  if (asked) assert.match(asked.stdout, new RegExp(`Revert ${newest} .*\\[y/N\\][\\s\\S]*nothing was reverted`));
  assert.equal((await onData('migrate', 'down', '--yes')).stdout, `reverted ${newest}\n`);
  assert.match((await onData('migrate', 'status')).stdout, new RegExp(`${newest} +missing`));
  assert.deepEqual(JSON.parse((await onData('migrate', 'up', '--json')).stdout), { applied: [newest] });
  assert.equal((await onData('migrate', 'up')).stdout, 'every migration is applied already\n');
});

test('beside a running server nothing migrates and no second one starts; env leads other programs to it', async (t) => {
  const server = serve();
  const { s3 } = await readReady(server);
  for (const args of [['migrate', 'status'], ['serve']]) {
    const { code, stderr, stdout } = await runCommand(args, { env: { ...PORTS, PIXMILL_DATA: data, LOG_LEVEL: 'error' } });
    assert.deepEqual([code, stdout], [1, ''], stderr);
    assert.match(stderr, /another Pixmill is already running on this data folder \(pid \d+\)\n.*stop it first/);
  }
  await t.test('for any POSIX shell', async () => {
    const { stdout, stderr } = await inShell('echo "$AWS_ENDPOINT_URL $AWS_REGION $(printenv AWS_SESSION_TOKEN || echo unset)"');
    assert.equal(stdout, `${s3} us-east-1 unset\n`, stderr);
  });
  await t.test('so that pixmill finds the server from everywhere', async () => {
    const { stdout } = await inShell(`cd / && unset PIXMILL_DATA && '${process.execPath}' '${LAUNCHER}' status --json`);
    assert.ok(JSON.parse(stdout).stats);
  });
  for (const [name, command, shows] of [
    ['aws s3 ls', '/usr/bin/aws', /\bpictures$/m],
    ['s3cmd ls', '/usr/bin/s3cmd', /s3:\/\/pictures$/m],
  ] as const) {
    const installed = await access(command).then(
      () => true,
      () => false,
    );
    await t.test(`so that ${name} lists the buckets`, { skip: installed ? false : `${command} is not installed` }, async () => {
      const { stdout, stderr } = await inShell(`PATH=/usr/bin:/bin; ${name}`);
      assert.match(stdout, shows, stderr);
    });
  }
  server.child.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);
});

test('a server of another region speaks to its own store, and leads other programs there', async () => {
  const server = serve([], { PIXMILL_S3_REGION: 'eu-north-1' });
  await readReady(server);
  await writeFile(join(scratch, 'plain.png'), await fixture('plain.png'));
  const put = `'${process.execPath}' '${LAUNCHER}' put '${join(scratch, 'plain.png')}' --wait --json`;
  const { stdout, stderr } = await inShell(`echo "$AWS_REGION $AWS_DEFAULT_REGION"; ${put}`);
  assert.match(stdout, /^eu-north-1 eu-north-1\n/, stderr);
  assert.match(stdout, /"state":\s*"done"/, stderr);
  server.child.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);
});

/** In a shell of a person who has an account elsewhere. */
async function inShell(script: string) {
  await writeFile(join(scratch, '.s3cfg'), '[default]\naccess_key = OTHER\nsecret_key = other\nhost_base = s3.example.test\n');
  const env = { PIXMILL_DATA: data, HOME: scratch, AWS_PROFILE: 'other', AWS_SESSION_TOKEN: 'other' };
  const start = `eval "$('${process.execPath}' '${LAUNCHER}' env)"`;
  return startProcess('sh', ['-c', `${start}; ${script}`], { env }).ended;
}

test('every fault of the environment is told at once, without a stack trace', async () => {
  const { code, stdout, stderr } = await runCommand(['serve'], {
    env: { PORT: 'http', S3_ENDPOINT: 'nowhere', LOG_LEVEL: 'loud', PIXMILL_DATA: data },
  });
  assert.deepEqual([code, stdout], [1, '']);
  for (const name of ['PORT', 'S3_ENDPOINT', 'LOG_LEVEL']) assert.match(stderr, new RegExp(`${name}.*: `));
  assert.match(stderr, /→ correct the environment/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});

test('every fault of the configuration is told at once, and so to programs', async () => {
  const config = join(scratch, 'bad.json');
  const rendition = { recipe: { resize: { width: 0 } }, to: { bucket: 'X', key: '{nix}' } };
  await writeFile(config, JSON.stringify({ pipelines: { p: { source: { bucket: 'in' }, renditions: { thumb: rendition } } } }));
  const { code, stdout, stderr } = await serve(['--json'], { PIXMILL_CONFIG: config }).ended;
  assert.equal(code, 1);
  for (const part of [
    'pipeline "p", recipe "thumb": resize.width 0 is outside 1–8192',
    '{nix} is no placeholder',
    'must be a bucket name',
    `→ correct ${config}`,
  ]) {
    assert.ok(stderr.includes(part), stderr);
  }
  assert.doesNotMatch(stderr, /\n\s+at /);
  assert.equal(JSON.parse(stdout).fault.code, 'invalid');
});

test('a second signal ends a server that is still finishing its work', async () => {
  const config = join(scratch, 'slow.json');
  const slow = { recipe: { format: 'avif', effort: 9 }, to: { bucket: 'slow-out', key: '{key}.avif' } };
  await writeFile(
    config,
    JSON.stringify({ pipelines: { slow: { source: { bucket: 'slow' }, renditions: { slow } } }, limits: { seconds: 600 } }),
  );
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const file = join(scratch, 'noise.jpg');
  await sharp({ create: { width: 3000, height: 3000, channels: 3, background: '#808080', noise } })
    .jpeg()
    .toFile(file);

  const server = serve([], { PIXMILL_CONFIG: config });
  await ready(server);
  await onData('put', file);
  await until(
    'the picture is being rendered',
    async () => JSON.parse((await onData('status', '--json')).stdout).stats.queue.active || undefined,
  );
  server.child.kill('SIGTERM');
  await until('it has begun to stop', async () => server.stderr().includes('finishing what is under way') || undefined);
  // Signals that follow at once are echoes of the first, so they are sent until one counts.
  let over = false;
  void server.ended.then(() => {
    over = true;
  });
  await until('it has ended', async () => over || void server.child.kill('SIGTERM'), 30_000, 50);
  assert.equal((await server.ended).code, 143);
  // The next program takes over the database that was left behind, and stops it.
  assert.equal((await onData('migrate', 'status')).code, 0);
});
