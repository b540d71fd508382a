// The main job through the whole program: pictures put into buckets by an S3 client come out as their renditions, and what is
// no picture gets a clear answer.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { fixture } from '../fixtures/make.ts';
import { createDataFolder, type Program, removeDataFolder, startProgram, until } from '../program.ts';

let data: string;
let program: Program;
let client: S3Client;
let picture: Buffer;

before(async () => {
  data = await createDataFolder();
  program = await startProgram(data, { LOG_LEVEL: 'warn' });
  client = program.client();
  picture = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#c04020' } })
    .jpeg()
    .toBuffer();
});
after(async () => {
  client.destroy();
  assert.equal(await program.stop(), 0);
  await removeDataFolder(data);
});

interface Told {
  state: string;
  renditions: { bucket: string; key: string; sha256: string; width: number; height: number }[];
  failures: { class: string; reason: string; mend: string | null }[];
}

async function put(bucket: string, key: string, body: Buffer): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

/** What the API tells of an object once it is reconciled. */
function settled(bucket: string, key: string): Promise<Told> {
  const query = new URLSearchParams({ bucket, key });
  return until(`${bucket}/${key} is reconciled`, async () => {
    const answer = await program.api(`/api/v1/objects?${query}`);
    const { items } = (await answer.json()) as { items: Told[] };
    return items[0] && items[0].state !== 'pending' ? items[0] : undefined;
  });
}

async function read(bucket: string, key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const HOSTILE_KEYS = [
  'plain.jpg',
  'with space.jpg',
  'a+b%2Bc%.jpg',
  'žluťoučký/кошка/猫 🐈.jpg',
  'line\nbreak.jpg',
  '../../etc/passwd.jpg',
  'a//b///c.jpg',
  './.jpg',
  'quote"\'<img onerror=alert(1)>&amp;.jpg',
  'back\\slash.jpg',
  `${'long/'.repeat(200)}.jpg`,
  '.hidden',
  'no-extension',
  'tab\there.jpg',
];

test('a picture becomes its rendition under any key that S3 allows', async () => {
  await Promise.all(HOSTILE_KEYS.map((key) => put('pictures', key, picture)));
  for (const key of HOSTILE_KEYS) {
    const { state, renditions } = await settled('pictures', key);
    assert.equal(state, 'done', JSON.stringify(key));
    const [thumbnail] = renditions;
    assert.deepEqual([thumbnail?.bucket, thumbnail?.key], ['thumbnails', `${key}.webp`]);
    assert.deepEqual([thumbnail?.width, thumbnail?.height], [256, 171]);
    const bytes = await read('thumbnails', `${key}.webp`);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), thumbnail?.sha256);
  }
});

test('a key of 1,024 bytes is stored, and its rendition fails by name since its own key would be too long', async () => {
  const key = `${'k'.repeat(1020)}.jpg`;
  await put('pictures', key, picture);
  const { failures } = await settled('pictures', key);
  assert.equal(failures[0]?.class, 'too_large');
  assert.match(failures[0]?.reason ?? '', /key of rendition "thumbnail" would be longer than 1024 bytes/);
});

test('what is no picture, or a dangerous one, fails with its class and a mend, and the pictures beside it do not suffer', async () => {
  const jpeg = await sharp(picture).toBuffer();
  const cases: [string, Buffer, string][] = [
    ['text.jpg', Buffer.from('just some text, and not a picture at all'), 'unsupported'],
    ['empty.png', Buffer.alloc(0), 'unsupported'],
    ['truncated.jpg', jpeg.subarray(0, jpeg.length - 100), 'corrupt'],
    ['vector.png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'), 'unsupported'],
    ['bomb.png', await fixture('bomb.png'), 'too_large'],
  ];
  await Promise.all(cases.map(([key, body]) => put('pictures', `bad/${key}`, body)));
  await put('pictures', 'bad/good.jpg', picture);
  assert.equal((await settled('pictures', 'bad/good.jpg')).state, 'done');
  for (const [key, , expected] of cases) {
    const { state, failures } = await settled('pictures', `bad/${key}`);
    assert.equal(state, 'failed', key);
    assert.equal(failures[0]?.class, expected, `${key}: ${failures[0]?.reason}`);
    assert.ok(failures[0]?.mend, `${key} has no mend`);
  }
});

test('a picture handed in for its negative is delivered and its original deleted', async () => {
  await put('input', 'cat.png', await sharp(picture).png().toBuffer());
  assert.equal((await settled('input', 'cat.png')).state, 'delivered');
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket: 'input', Key: 'cat.png' })), { name: 'NotFound' });
  const { dominant } = await sharp(await read('output', 'negated_cat.png')).stats();
  // The negative of #c04020 is #3fbfdf; the histogram's bins are 16 wide.
  assert.ok(Math.abs(dominant.r - 0x3f) <= 16 && Math.abs(dominant.b - 0xdf) <= 16, JSON.stringify(dominant));
});

test('a deleted original takes its rendition with it', async () => {
  await put('pictures', 'short-lived.jpg', picture);
  await settled('pictures', 'short-lived.jpg');
  await client.send(new DeleteObjectCommand({ Bucket: 'pictures', Key: 'short-lived.jpg' }));
  await until('the rendition is gone', () =>
    client.send(new HeadObjectCommand({ Bucket: 'thumbnails', Key: 'short-lived.jpg.webp' })).then(
      () => undefined,
      () => true,
    ),
  );
});

test('the same picture put a hundred times at once is one row and one rendition of its last version', async () => {
  const versions = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      sharp({ create: { width: 40 + index, height: 40, channels: 3, background: '#123456' } })
        .png()
        .toBuffer(),
    ),
  );
  await Promise.all(versions.map((body) => put('pictures', 'contended.png', body)));
  const last = createHash('md5')
    .update(await read('pictures', 'contended.png'))
    .digest('hex');
  const told = await until('the last version is rendered', async () => {
    const now = (await settled('pictures', 'contended.png')) as Told & { etag: string };
    return now.state === 'done' && now.etag === last ? now : undefined;
  });
  assert.equal(told.renditions.length, 1);
  const lookUp = new URLSearchParams({ bucket: 'pictures', key: 'contended.png' });
  const { items } = (await (await program.api(`/api/v1/objects?${lookUp}`)).json()) as { items: unknown[] };
  assert.equal(items.length, 1);
});

test('a run finds what no event told of, and a second run does nothing', async () => {
  const run = async () => {
    const headers = { 'content-type': 'application/json' };
    const begun = await program.api('/api/v1/runs', { method: 'POST', headers, body: JSON.stringify({ pipeline: 'thumbnail' }) });
    const { id } = (await begun.json()) as { id: number };
    return until('the run ends', async () => {
      const told = (await (await program.api(`/api/v1/runs/${id}`)).json()) as { state: string; queued: number; scanned: number };
      return told.state === 'running' ? undefined : told;
    });
  };
  await run();
  const second = await run();
  assert.equal(second.state, 'done');
  assert.equal(second.queued, 0);
  assert.ok(second.scanned > HOSTILE_KEYS.length);
});
