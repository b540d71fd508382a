import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LIMITS, recipeOf, resizeOf, silentLog, targetOf } from '../../test/fixtures/imaging.ts';
import { fixture } from '../../test/fixtures/make.ts';
import type { Fault, FaultCode } from '../domain/fault.ts';
import type { ImageLimits, Imaging } from '../domain/ports.ts';
import { openImaging } from './imaging.ts';

const THUMB = recipeOf({ format: 'webp', resize: resizeOf({ width: 32, height: 32 }) });
const MIDDLE = recipeOf({ format: 'webp', effort: 4, resize: resizeOf({ width: 600, height: 600 }) });
const MOVING = recipeOf({ format: 'webp', animated: true, resize: resizeOf({ width: 32, height: 32 }) });

let imaging: Imaging;
before(async () => {
  imaging = await openImaging({ limits: LIMITS, slots: 2, watermarks: new Map(), log: silentLog });
});
after(() => imaging.stop());

async function withLimits(change: Partial<ImageLimits>, use: (imaging: Imaging) => Promise<void>): Promise<void> {
  const limited = await openImaging({ limits: { ...LIMITS, ...change }, slots: 1, watermarks: new Map(), log: silentLog });
  await use(limited).finally(() => limited.stop());
}

const REFUSED: [name: string, code: FaultCode, said: RegExp][] = [
  ['bomb.png', 'too_large', /30000 × 30000/],
  ['truncated.jpg', 'corrupt', /damaged or cut off/],
  ['truncated-by-2.jpg', 'corrupt', /damaged or cut off/],
  ['truncated.png', 'corrupt', /damaged or cut off/],
  ['truncated.webp', 'corrupt', /damaged or cut off/],
  ['truncated.gif', 'corrupt', /damaged or cut off/],
  ['truncated.avif', 'corrupt', /damaged or cut off/],
  ['empty', 'unsupported', /an empty file/],
  ['page.html', 'unsupported', /an HTML page/],
  ['drawing.svg', 'unsupported', /an SVG drawing/],
  ['document.pdf', 'unsupported', /a PDF document/],
  ['document.psd', 'unsupported', /a Photoshop document/],
  ['window.ico', 'unsupported', /a Windows icon/],
  ['movie.mp4', 'unsupported', /a video/],
  ['phone.heic', 'unsupported', /a HEIC, and the decoder/],
  ['notes.txt', 'unsupported', /text/],
  ['random.bin', 'unsupported', /nothing known/],
];

for (const [name, code, said] of REFUSED) {
  test(`${name} is ${code}, with a reason and a mend, and no output`, async () => {
    await assert.rejects(imaging.render(await fixture(name), [targetOf(THUMB), targetOf(MOVING, 'moving')]), (fault: Fault) => {
      assert.equal(fault.code, code);
      assert.match(fault.message, said);
      assert.ok(fault.mend);
      return true;
    });
  });
}

test('after all of these the pool renders as before', async () => {
  const pictures = await Promise.all(
    ['plain.jpg', 'plain.png', 'plain.gif'].map(async (name) => imaging.render(await fixture(name), [targetOf(THUMB)])),
  );
  assert.deepEqual(
    pictures.map(({ source }) => source.format),
    ['jpeg', 'png', 'gif'],
  );
});

test('an SVG that names files and addresses makes no request', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  let requests = 0;
  server.on('connection', (socket) => {
    requests += 1;
    socket.destroy();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const svg = (await fixture('drawing.svg')).toString().replace('127.0.0.1:9', `127.0.0.1:${port}`);
  await assert.rejects(imaging.render(Buffer.from(svg), [targetOf(THUMB)]), { code: 'unsupported' });
  server.close();
  assert.equal(requests, 0);
});

test('a GIF of 10,000 frames gives its first frame, and is refused as an animation', async () => {
  const { outputs, faults, source } = await imaging.render(await fixture('endless.gif'), [
    targetOf(THUMB, 'still'),
    targetOf(MOVING, 'moving'),
  ]);
  assert.equal(source.frames, 10_000);
  assert.deepEqual(
    outputs.map(({ id }) => id),
    ['still'],
  );
  assert.deepEqual(
    faults.map(({ id, code }) => [id, code]),
    [['moving', 'too_large']],
  );
  assert.match(faults[0]?.message ?? '', /10000 frames, and the limit is 1000/);
});

test('many frames are refused on the sum of their pixels, too', async () => {
  await withLimits({ frames: 20_000 }, async (limited) => {
    const { faults } = await limited.render(await fixture('endless.gif'), [targetOf(MOVING)]);
    assert.equal(faults[0]?.code, 'too_large');
    assert.match(faults[0]?.message ?? '', /together 400000000 pixels/);
  });
});

test('each limit names itself where it is passed', async () => {
  await withLimits({ bytes: 1_000, pixels: 5_000 }, async (limited) => {
    await assert.rejects(limited.render(await fixture('large.jpg'), [targetOf(THUMB)]), {
      code: 'too_large',
      mend: 'make the file smaller, or raise limits.bytes',
    });
    await assert.rejects(limited.render(await fixture('plain.png'), [targetOf(THUMB)]), {
      code: 'too_large',
      message: 'the picture is 96 × 64, and the limit is 5000 pixels',
    });
  });
});

test('an output that fails by itself leaves the others alone', async () => {
  const wide = recipeOf({ format: 'webp', resize: resizeOf({ width: 16_400, height: 4, fit: 'fill', enlarge: true }) });
  const huge = recipeOf({ resize: resizeOf({ width: 8_192, height: 8_192, fit: 'contain' }) });
  const beyond = recipeOf({ crop: { left: 500, top: 0, width: 5, height: 5 } });
  const lost = recipeOf({
    watermark: { sha256: 'f'.repeat(64), gravity: 'center', margin: 0, scale: 0.5, opacity: 1, tile: false },
  });
  const { outputs, faults } = await imaging.render(await fixture('plain.png'), [
    targetOf(wide, 'wide'),
    targetOf(huge, 'huge'),
    targetOf(THUMB, 'thumb'),
    targetOf(beyond, 'beyond'),
    targetOf(lost, 'lost'),
  ]);
  assert.deepEqual(
    outputs.map(({ id }) => id),
    ['thumb'],
  );
  assert.deepEqual(
    faults.map(({ id, code }) => [id, code]),
    [
      ['wide', 'too_large'],
      ['huge', 'too_large'],
      ['beyond', 'unsupported'],
      ['lost', 'internal'],
    ],
  );
  assert.match(faults[0]?.message ?? '', /16400 × 4, and webp holds at most 16383/);
});

test('a decoder or an encoder that does not come to an end is ended at the deadline, and the next picture is rendered', async () => {
  const slow = recipeOf({
    format: 'avif',
    effort: 9,
    resize: resizeOf({ width: 4_000, height: 4_000, fit: 'fill', enlarge: true }),
  });
  await withLimits({ ms: 700 }, async (limited) => {
    const noise = await fixture('noise.png');
    const started = performance.now();
    await assert.rejects(limited.render(noise, [targetOf(slow)]), {
      code: 'timeout',
      message: 'the picture was not finished within 0.7 s',
    });
    assert.ok(performance.now() - started < 5_000);
    const { outputs } = await limited.render(noise, [targetOf(THUMB)]);
    assert.equal(outputs.length, 1);
  });
});

test('a picture waits for its turn without its deadline running', async () => {
  const ms = 1_000;
  await withLimits({ ms }, async (limited) => {
    const large = await fixture('large.jpg');
    const started = performance.now();
    const pictures = await Promise.all(Array.from({ length: 100 }, () => limited.render(large, [targetOf(MIDDLE)])));
    assert.ok(pictures.every(({ outputs }) => outputs.length === 1));
    assert.ok(performance.now() - started > ms, 'the last one waited longer than its deadline is long');
  });
});

test('a picture in a file is rendered as one in memory is, and a file that is not there is no fault of the picture', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pixmill-imaging-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bytes = await fixture('large.jpg');
  const path = join(folder, 'large');
  writeFileSync(path, bytes);
  const held = { path, size: bytes.length, release() {} };
  const [inFile, inMemory] = await Promise.all([
    imaging.render(held, [targetOf(THUMB)]),
    imaging.render(bytes, [targetOf(THUMB)]),
  ]);
  assert.equal(inFile.outputs[0]?.sha256, inMemory.outputs[0]?.sha256);
  assert.equal(inFile.source.sha256, inMemory.source.sha256);
  for (const gone of [
    { ...held, path: `${path}-gone` },
    { ...held, size: bytes.length + 1 },
  ]) {
    await assert.rejects(imaging.render(gone, [targetOf(THUMB)]), { code: 'internal' });
  }
});

test('nothing is rendered once imaging was stopped', async () => {
  const short = await openImaging({ limits: LIMITS, slots: 1, watermarks: new Map(), log: silentLog });
  const slow = recipeOf({ format: 'avif', effort: 9, resize: resizeOf({ width: 4_000, height: 4_000, enlarge: true }) });
  const noise = await fixture('noise.png');
  const inWork = assert.rejects(short.render(noise, [targetOf(slow)]), { code: 'unavailable' });
  const waiting = assert.rejects(short.render(noise, [targetOf(THUMB)]), { code: 'unavailable' });
  await short.stop();
  await Promise.all([inWork, waiting]);
  await assert.rejects(short.render(noise, [targetOf(THUMB)]), { code: 'unavailable' });
});
