// The commands that need no server, and what the others say where there is none.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { LAUNCHER, ROOT, runCommand, startProcess, temporaryFolder } from '../command.ts';

const folder = await temporaryFolder('cli-alone');
const photo = join(folder, 'photo.jpg');
await sharp({ create: { width: 640, height: 480, channels: 3, background: '#3366cc' } })
  .jpeg()
  .toFile(photo);
const version = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version;

const render = (...args: string[]) => runCommand(['render', ...args]);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('flags make a recipe, and the ending of the output chooses the format', async () => {
  const out = join(folder, 'small.webp');
  const { code, stdout, stderr } = await render(photo, out, '--width', '64', '--negate');
  assert.deepEqual([code, stderr], [0, '']);
  const about = await sharp(out).metadata();
  assert.deepEqual([about.format, about.width, about.height], ['webp', 64, 48]);
  const { dominant } = await sharp(out).stats();
  assert.ok(dominant.r > 180 && dominant.b < 70, `the colours are negated: ${JSON.stringify(dominant)}`);
  assert.match(stdout, /small\.webp: 64 × 48 webp/);
  assert.ok(stdout.includes(sha256(await readFile(out))));
});

test('--json tells what went in and what came out', async () => {
  const out = join(folder, 'told.png');
  const { code, stdout } = await render(photo, out, '--recipe', '{"resize":{"width":100}}', '--json');
  const told = JSON.parse(stdout);
  const bytes = await readFile(out);
  assert.equal(code, 0);
  assert.deepEqual(told.in, {
    file: photo,
    bytes: (await readFile(photo)).length,
    format: 'jpeg',
    width: 640,
    height: 480,
    frames: 1,
    sha256: sha256(await readFile(photo)),
  });
  assert.deepEqual(told.out, { file: out, bytes: bytes.length, format: 'png', width: 100, height: 75, sha256: sha256(bytes) });
});

test('a declared rendition is rendered as the configuration says, and flags win over it', async () => {
  const declared = JSON.parse((await render(photo, join(folder, 'd.webp'), '--recipe', 'thumbnail/thumbnail', '--json')).stdout);
  assert.deepEqual([declared.out.width, declared.out.height, declared.out.format], [256, 192, 'webp']);
  const changed = await render(
    photo,
    join(folder, 'd.gif'),
    '--recipe',
    'thumbnail/thumbnail',
    '--format',
    'gif',
    '--width',
    '50',
    '--json',
  );
  const { out, fingerprint } = JSON.parse(changed.stdout);
  assert.deepEqual([out.width, out.format], [50, 'gif']);
  assert.notEqual(fingerprint, declared.fingerprint);
});

test('a recipe in a file finds its watermark beside itself', async () => {
  const recipes = join(folder, 'recipes');
  await mkdir(recipes);
  await sharp({ create: { width: 20, height: 20, channels: 4, background: '#ff0000' } })
    .png()
    .toFile(join(recipes, 'mark.png'));
  await writeFile(join(recipes, 'marked.json'), JSON.stringify({ watermark: { file: 'mark.png', opacity: 1, margin: 0 } }));
  const out = join(folder, 'marked.png');
  const { code, stderr } = await render(photo, out, '--recipe', `@${join(recipes, 'marked.json')}`);
  assert.deepEqual([code, stderr], [0, '']);
  const [red = 0, , blue = 255] = await sharp(out).extract({ left: 630, top: 470, width: 1, height: 1 }).raw().toBuffer();
  assert.ok(red > 250 && blue < 5, `${red} red, ${blue} blue`);
});

test('standard input and output carry pictures, and nothing else', async () => {
  const { code, bytes, stderr } = await runCommand(['render', '-', '-', '--height', '48', '--format', 'png'], {
    input: await readFile(photo),
  });
  assert.equal(code, 0);
  const about = await sharp(bytes).metadata();
  assert.deepEqual([about.format, about.height], ['png', 48]);
  assert.match(stderr, /standard output: 64 × 48 png/);
});

test('every fault of a recipe is named at once, and the old output stays', async () => {
  const out = join(folder, 'kept.png');
  await writeFile(out, 'old');
  const { code, stdout, stderr } = await render(photo, out, '--recipe', '{"resize":{"width":0},"quality":101,"wdith":5}');
  assert.deepEqual([code, stdout], [2, '']);
  for (const part of ['resize.width 0 is outside 1–8192', 'quality 101 is outside 1–100', 'wdith'])
    assert.ok(stderr.includes(part), stderr);
  assert.equal(await readFile(out, 'utf8'), 'old');
});

test('a damaged picture is named, and leaves no half output', async () => {
  const cut = join(folder, 'cut off.jpg');
  await writeFile(cut, (await readFile(photo)).subarray(0, 900));
  const before = await readdir(folder);
  const { code, stdout, stderr } = await render(cut, join(folder, 'never.webp'), '--width', '9', '--json');
  assert.equal(code, 1);
  assert.equal(JSON.parse(stdout).fault.code, 'corrupt');
  assert.match(stderr, /pixmill: '.*cut off\.jpg': the picture is damaged/);
  assert.deepEqual(await readdir(folder), before);
});

test('what cannot be read, written or meant is said in a sentence', async () => {
  const cases: [string[], number, RegExp][] = [
    [['render', join(folder, 'nix.jpg'), 'x.png'], 1, /nix\.jpg cannot be read: there is no such file/],
    [['render', photo, join(folder, 'nowhere/x.png')], 1, /x\.png cannot be written: there is no such file or folder/],
    [['render', photo, 'x.png', '--recipe', 'a/b'], 1, /declares no rendition "a\/b"\n.*thumbnail\/thumbnail/],
    [['render', photo, 'x.png', '--recipe', '{"resize":'], 2, /the recipe is not JSON/],
    [['render', photo, 'x.png', '--recipe', '@nix.json'], 2, /nix\.json cannot be read: ENOENT/],
    [['render', photo, 'x.png', '--width', 'wide'], 2, /must be a number/],
    [['render', photo, 'x.png', '--format', 'psd'], 2, /Allowed choices are jpeg/],
    [['render', photo], 2, /missing required argument 'out'/],
    [['render', photo, '-', '--json'], 2, /both want standard output/],
    [['polish'], 2, /unknown command 'polish'/],
    [['redrive'], 2, /nothing says which failures/],
    [['redrive', '7', '--all'], 2, /--all stands alone/],
    [['redrive', 'seven'], 2, /must be a whole number/],
    [['token', 'create', 'ci', '--expires', 'soon'], 2, /must be a time such as/],
    [['access-key', 'create', 'cam'], 2, /no right in any bucket\n.*--read BUCKET/],
    [['explain', 'pictures'], 2, /pictures names no object/],
    [[], 2, /Usage: pixmill/],
  ];
  for (const [args, code, says] of cases) {
    const ended = await runCommand(args, { env: { PIXMILL_DATA: folder } });
    assert.deepEqual([ended.code, args], [code, args], ended.stderr);
    assert.match(ended.stderr, says);
    assert.doesNotMatch(ended.stderr, /\n\s+at /, 'no stack trace');
    if (!args.includes('--json')) assert.equal(ended.stdout, '');
  }
});

test('--json puts a fault on standard output, for wrong usage too', async () => {
  const wrong = await runCommand(['--json', 'polish']);
  assert.equal(wrong.code, 2);
  assert.match(JSON.parse(wrong.stdout).fault.message, /unknown command/);
});

test('help and version are no errors', async () => {
  const help = await runCommand(['help', 'put']);
  assert.deepEqual([help.code, help.stderr], [0, '']);
  assert.match(help.stdout, /--wait/);
  assert.match(help.stdout, /--json/);
  assert.equal((await runCommand(['--version'])).stdout.trim(), version);
});

test('without a server each command says how to start one', async () => {
  for (const args of [
    ['status'],
    ['put', photo],
    ['run', 'thumbnail'],
    ['failures'],
    ['redrive', '--all'],
    ['token', 'list'],
    ['access-key', 'list'],
    ['env'],
    ['explain', 'a/b'],
  ]) {
    const never = await runCommand(args, { env: { PIXMILL_DATA: join(folder, 'empty') } });
    assert.deepEqual([never.code, never.stdout], [1, ''], args.join(' '));
    assert.match(never.stderr, /no server has run on the data folder .*empty\n.*npm start/);
  }
  const gone = await runCommand(['status'], { env: { PIXMILL_URL: 'http://127.0.0.1:1', PIXMILL_TOKEN: 'x' } });
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /no Pixmill answers at http:\/\/127\.0\.0\.1:1\n.*npm start/);
});

test('another server on the port is not taken for Pixmill', async (t) => {
  const other = createServer((_request, response) => response.writeHead(404).end('<h1>no</h1>')).listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((listening) => other.once('listening', listening));
  const { port } = other.address() as AddressInfo;
  const { code, stderr } = await runCommand(['status'], { env: { PIXMILL_URL: `http://127.0.0.1:${port}`, PIXMILL_TOKEN: 'x' } });
  assert.equal(code, 1);
  assert.match(stderr, /answers, but not as Pixmill does \(HTTP 404\)/);
});

test('looking at a database that is not there does not create one', async () => {
  const data = join(folder, 'none');
  const { code, stderr } = await runCommand(['migrate', 'status'], { env: { PIXMILL_DATA: data } });
  assert.equal(code, 1);
  assert.match(stderr, /there is no database in .*none\n.*migrate up/);
  await assert.rejects(readdir(data), { code: 'ENOENT' });
});

/** Makes a Node say of itself that it is an old one. */
const OLD = [
  '--import',
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.9.0"}})',
];

test('an old Node hands over to the one of the npm package', async () => {
  const { code, stdout, stderr } = await runCommand(['--version'], { node: OLD });
  assert.deepEqual([code, stdout.trim(), stderr], [0, version, '']);
  const failing = await runCommand(['polish'], { node: OLD });
  assert.equal(failing.code, 2);
});

test('an old Node without that package says what is needed', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await copyFile(LAUNCHER, join(bin, 'pixmill.js'));
  const { code, stderr } = await startProcess(process.execPath, [...OLD, join(bin, 'pixmill.js'), 'status']).ended;
  assert.equal(code, 1);
  assert.match(stderr, /needs Node\.js 24.*\n.*npm install/);
});
