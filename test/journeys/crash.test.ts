// Kills the server at random moments under load, again and again, and then counts what is left.
// CRASH_ROUNDS sets how often; CRASH_SEED repeats a run's choices.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { createDataFolder, type Program, removeDataFolder, startProgram, until } from '../program.ts';

const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 20);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
/** Clients that put at the same time, and how many pictures each may put in one round. */
const CLIENTS = 6;
const PER_ROUND = 40;

const CONFIG = {
  pipelines: {
    keep: {
      source: { bucket: 'pictures' },
      renditions: {
        small: { recipe: { resize: { width: 32 }, format: 'webp' }, to: { bucket: 'thumbnails', key: '{key}.small.webp' } },
        large: { recipe: { resize: { width: 96 }, format: 'jpeg' }, to: { bucket: 'thumbnails', key: '{key}.large.jpg' } },
      },
    },
    hand: {
      source: { bucket: 'input' },
      original: 'delete',
      renditions: { negative: { recipe: { negate: true }, to: { bucket: 'output', key: '{key}' } } },
    },
  },
};

/** What the client knows of an object: versions that may be there, by the SHA-256 of their bytes. */
interface Expected {
  acknowledged: string | undefined;
  /** Sent after the last acknowledgement, without an answer: each may or may not have happened. */
  open: (string | 'deleted')[];
}

let data: string;
let program: Program | undefined;
before(async () => {
  data = await createDataFolder();
  await writeFile(join(data, 'config.json'), JSON.stringify(CONFIG));
});
after(async () => {
  await program?.stop();
  await removeDataFolder(data);
});

test(`${ROUNDS} kills under load lose nothing that was acknowledged (seed ${SEED})`, {
  timeout: 60_000 + ROUNDS * 20_000,
}, async () => {
  const random = randomOf(SEED);
  const pictures = await Promise.all(Array.from({ length: 12 }, (_, index) => makePicture(index)));
  const expected = new Map<string, Expected>();
  let kills = 0;
  for (let round = 0; round < ROUNDS; round++) {
    program = await start();
    const load = putUnderLoad(program.client(), round, pictures, expected, random);
    await new Promise((resolve) => setTimeout(resolve, 30 + random() * 1200));
    // Every third time the database dies with it, as in a loss of power.
    const postmaster = round % 3 === 2 ? await readPostmaster() : undefined;
    await program.kill();
    if (postmaster) process.kill(postmaster, 'SIGKILL');
    kills++;
    await load;
  }
  assert.equal(kills, ROUNDS);

  program = await start();
  await until(
    'the queue is empty',
    async () => {
      const stats = (await (await (program as Program).api('/api/v1/stats')).json()) as {
        queue: { waiting: number; active: number };
      };
      return stats.queue.waiting + stats.queue.active === 0 || undefined;
    },
    120_000,
  );

  const acknowledged = [...expected.values()].filter((entry) => entry.acknowledged).length;
  assert.ok(acknowledged > ROUNDS, `only ${acknowledged} objects were acknowledged: the load never ran`);
  const ledger = await readLedger(program);
  await checkSources(program, expected, ledger);
  await checkOutputs(program, ledger);
  console.log(`${ROUNDS} rounds, ${expected.size} objects, ${ledger.flatMap(({ renditions }) => renditions).length} renditions`);
});

function start(): Promise<Program> {
  return startProgram(data, { PIXMILL_CONFIG: join(data, 'config.json'), LOG_LEVEL: 'warn' });
}

async function readPostmaster(): Promise<number> {
  return Number((await readFile(join(data, 'postgres/cluster/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** Puts new pictures, overwrites and deletes some, until the server is gone. */
async function putUnderLoad(
  client: S3Client,
  round: number,
  pictures: Buffer[],
  expected: Map<string, Expected>,
  random: () => number,
): Promise<void> {
  const clients = Array.from({ length: CLIENTS }, async (_, who) => {
    const mine: string[] = [];
    for (let count = 0; count < PER_ROUND; count++) {
      const again = mine.length > 0 && random() < 0.2 ? mine[Math.floor(random() * mine.length)] : undefined;
      const name = again ?? `${random() < 0.5 ? 'pictures' : 'input'}/r${round}/c${who}/${count}.png`;
      mine.push(name);
      const [bucket = '', key = ''] = split(name);
      const entry = expected.get(name) ?? { acknowledged: undefined, open: [] };
      expected.set(name, entry);
      const removed = again !== undefined && bucket === 'pictures' && random() < 0.3;
      const picture = pictures[Math.floor(random() * pictures.length)] as Buffer;
      const version = removed ? 'deleted' : sha256(picture);
      entry.open.push(version);
      const command = removed
        ? new DeleteObjectCommand({ Bucket: bucket, Key: key })
        : new PutObjectCommand({ Bucket: bucket, Key: key, Body: picture });
      try {
        await client.send(command as PutObjectCommand);
        entry.acknowledged = version;
        entry.open = [];
      } catch {
        return;
      }
    }
  });
  await Promise.all(clients);
  client.destroy();
}

interface Ledgered {
  bucket: string;
  key: string;
  state: string;
  sha256: string;
  renditions: { pipeline: string; name: string; bucket: string; key: string; sha256: string; size: number }[];
  failures: unknown[];
}

async function readLedger({ api }: Program): Promise<Ledgered[]> {
  const all: Ledgered[] = [];
  let cursor: string | undefined;
  do {
    const page = (await (
      await api(`/api/v1/objects?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
    ).json()) as {
      items: Ledgered[];
      next: string | null;
    };
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return all;
}

/** Every acknowledged source is there in a version that the client sent, or was delivered with everything made of it. */
async function checkSources(program: Program, expected: Map<string, Expected>, ledger: Ledgered[]): Promise<void> {
  const rows = new Map(ledger.map((row) => [`${row.bucket}/${row.key}`, row]));
  assert.equal(rows.size, ledger.length, 'an object is on the ledger twice');
  const stored = new Map<string, string>();
  for (const bucket of ['pictures', 'input']) {
    for (const [key, bytes] of await readBucket(program.client(), bucket)) stored.set(`${bucket}/${key}`, sha256(bytes));
  }
  for (const [name, { acknowledged, open }] of expected) {
    const possible = new Set([acknowledged ?? 'deleted', ...open]);
    const now = stored.get(name);
    const row = rows.get(name);
    if (name.startsWith('pictures/')) {
      assert.ok(possible.has(now ?? 'deleted'), `${name}: lost, or not what was put`);
      if (now === undefined) continue;
      assert.equal(row?.state, 'done', name);
      assert.equal(row.sha256, now, `${name}: the ledger holds another version`);
      assert.deepEqual(row.renditions.map((rendition) => rendition.name).sort(), ['large', 'small'], name);
    } else if (acknowledged) {
      assert.equal(now, undefined, `${name}: still waits`);
      assert.equal(row?.state, 'delivered', name);
      assert.ok(possible.has(row.sha256), `${name}: what was delivered is not what was put`);
      assert.equal(row.renditions.length, 1, name);
    }
    assert.deepEqual(row?.failures ?? [], [], name);
  }
}

/** Every rendition on the ledger is in its bucket, whole; nothing else is. */
async function checkOutputs(program: Program, ledger: Ledgered[]): Promise<void> {
  const recorded = ledger.flatMap(({ renditions }) => renditions);
  const names = new Set(recorded.map(({ bucket, key }) => `${bucket}/${key}`));
  assert.equal(names.size, recorded.length, 'a rendition is on the ledger twice');
  const found = new Map<string, Buffer>();
  for (const bucket of ['thumbnails', 'output']) {
    for (const [key, bytes] of await readBucket(program.client(), bucket)) found.set(`${bucket}/${key}`, bytes);
  }
  for (const { bucket, key, sha256: expectedHash, size } of recorded) {
    const bytes = found.get(`${bucket}/${key}`);
    assert.ok(bytes, `${bucket}/${key}: recorded and not there`);
    assert.equal(bytes.length, size);
    assert.equal(sha256(bytes), expectedHash, `${bucket}/${key}: torn, or of another version`);
  }
  assert.deepEqual(
    [...found.keys()].filter((name) => !names.has(name)),
    [],
    'outputs that no ledger row knows',
  );
}

async function readBucket(client: S3Client, bucket: string): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      objects.set(Key ?? '', Buffer.from((await Body?.transformToByteArray()) ?? []));
    }
  }
  return objects;
}

async function makePicture(index: number): Promise<Buffer> {
  const background = { r: (index * 53) % 256, g: (index * 101) % 256, b: (index * 197) % 256 };
  return sharp({
    create: { width: 160 + index, height: 120, channels: 3, background, noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  })
    .png()
    .toBuffer();
}

function split(name: string): string[] {
  const slash = name.indexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Numbers in [0, 1) that a seed repeats. */
function randomOf(seed: number): () => number {
  let count = 0;
  return () => createHash('sha256').update(`${seed}/${count++}`).digest().readUInt32BE() / 2 ** 32;
}
