// (e) The built-in S3 endpoint against the least that a store in Node can do, and against nginx: PUT, GET and LIST.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import pg from 'pg';
import { startEmbedded } from '../src/ledger/embedded.ts';
import { createDataFolder, type Program, removeDataFolder, startProgram } from '../test/program.ts';
import { signHeaders } from '../test/s3-request.ts';
import { grid, median, medianRatio, table, timed } from './measure.ts';
import { HOW_TO_INSTALL, startNginx } from './nginx.ts';
import { type Message, message, openWire, rateOf } from './wire.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
const SIZE = 150_000;
const CLIENTS = [1, 16] as const;
/** Requests of one measurement, by the number of clients. */
const COUNTS = { PUT: { 1: 150, 16: 600 }, GET: { 1: 300, 16: 2000 } } as const;
const KEYS = 100_000;

type Method = keyof typeof COUNTS;

/** One that is measured. */
interface Contestant {
  name: string;
  port: number;
  headers(method: Method | 'GET', path: string): Record<string, string>;
  /** Requests a second, by `PUT 1` and the like; one figure for each round. */
  rates: Map<string, number[]>;
}

const folder = await mkdtemp(join(tmpdir(), 'pixmill-bench-'));
const data = await createDataFolder();
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };
const embedded = await startEmbedded(join(folder, 'postgres'), quiet);
const { user, password, host, port, database } = embedded.address;
const url = `postgresql://${user}:${password}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
const program = await startProgram(data, { LOG_LEVEL: 'warn', DATABASE_URL: url });
const floor = await startFloor();
await mkdir(join(folder, 'nginx'));
const nginx = await startNginx(join(folder, 'nginx'));
if (!nginx) console.error(HOW_TO_INSTALL);
try {
  const body = randomBytes(SIZE);
  const ours = storeContestant(program);
  const contestants = [ours, plain('node:http, a file each, synced', floor.port)];
  if (nginx) contestants.push(plain('nginx, WebDAV, not synced', nginx.port));
  const client = program.client();
  for (const Bucket of ['bench', 'many']) await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
  await fillBucket('many');
  const listing: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const list = await timed(() => listAll(ours, 'many'));
    for (const contestant of contestants) await measure(contestant, round, body);
    // The first round warms all up.
    if (round < 0) continue;
    listing.push(list);
    console.error(`round ${round + 1}: ${contestants.map(({ name, rates }) => `${name} ${shown(rates)}`).join('; ')}`);
  }
  report(contestants, listing);
} finally {
  await nginx?.stop();
  floor.child.kill();
  await program.stop();
  await embedded.stop();
  await removeDataFolder(data);
  await rm(folder, { recursive: true, force: true });
}

function storeContestant({ s3 }: Program): Contestant {
  const { endpoint, ...key } = s3;
  const at = { port: Number(new URL(endpoint).port), key };
  return {
    name: 'the built-in endpoint',
    port: at.port,
    headers: (method, path) => signHeaders(at, { method, url: path, payloadHash: 'UNSIGNED-PAYLOAD' }).headers,
    rates: new Map(),
  };
}

function plain(name: string, port: number): Contestant {
  return { name, port, headers: () => ({ host: `127.0.0.1:${port}` }), rates: new Map() };
}

async function startFloor(): Promise<{ child: ChildProcess; port: number }> {
  const files = join(folder, 'floor');
  await mkdir(files);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'floor.ts'), files], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(line) };
}

/** Puts new objects and gets them, with one client and with sixteen. Requests are signed before the clock starts. */
async function measure({ port, headers, rates }: Contestant, round: number, body: Buffer): Promise<void> {
  for (const clients of CLIENTS) {
    const paths = Array.from({ length: COUNTS.PUT[clients] }, (_, at) => `/bench/${round}/${clients}/${at}`);
    const puts = paths.map((path) => message('PUT', path, headers('PUT', path), body));
    const gets = Array.from({ length: COUNTS.GET[clients] }, (_, at): Message => {
      const path = paths[at % paths.length] ?? '';
      return message('GET', path, headers('GET', path));
    });
    for (const [method, messages] of [
      ['PUT', puts],
      ['GET', gets],
    ] as const) {
      const rate = await rateOf(port, clients, messages);
      if (round >= 0) rates.set(`${method} ${clients}`, [...(rates.get(`${method} ${clients}`) ?? []), rate]);
    }
  }
}

/** Empty objects, straight into the index. */
async function fillBucket(bucket: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `INSERT INTO store_object (bucket, key, size, etag, headers, metadata, modified_at)
     SELECT $1, 'folder/' || lpad(n::text, 8, '0') || '.jpg', 0, 'd41d8cd98f00b204e9800998ecf8427e', '{}', '{}', now()
     FROM generate_series(1, $2::int) AS n`,
    [bucket, KEYS],
  );
  await client.query('VACUUM ANALYZE store_object');
  await client.end();
}

/** Every page of a bucket, a thousand keys each. */
async function listAll({ port, headers }: Contestant, bucket: string): Promise<void> {
  const wire = await openWire(port);
  let keys = 0;
  let token: string | undefined;
  do {
    const next = token === undefined ? '' : `continuation-token=${encodeURIComponent(token)}&`;
    const path = `/${bucket}?${next}list-type=2`;
    const page = await wire.send(message('GET', path, headers('GET', path)), 'body');
    keys += page.split('<Key>').length - 1;
    token = /<NextContinuationToken>(.*?)</.exec(page)?.[1];
  } while (token !== undefined);
  wire.close();
  if (keys !== KEYS) throw new Error(`${keys} keys were listed`);
}

function shown(rates: Map<string, number[]>): string {
  return [...rates].map(([name, values]) => `${name}: ${Math.round(values.at(-1) ?? 0)}`).join(', ');
}

function report(contestants: Contestant[], listing: number[]): void {
  const [ours, ...others] = contestants as [Contestant, ...Contestant[]];
  const names = [...ours.rates.keys()];
  const of = ({ rates }: Contestant, name: string) => rates.get(name) ?? [];
  const heads = names.map((name) => `${name} client${name.endsWith(' 1') ? '' : 's'}`);
  const best = (values: number[]) => Math.round(Math.max(...values));
  const rows = contestants.map((one) => {
    return [one.name, ...names.map((name) => `${Math.round(median(of(one, name)))}/s (${best(of(one, name))})`)];
  });
  const ratios = others.map((other) => {
    return [`ours ÷ ${other.name}`, ...names.map((name) => medianRatio(of(ours, name), of(other, name)).toFixed(2))];
  });
  console.log(grid([`${SIZE / 1000} KB objects: median (best round)`, ...heads], [...rows, ...ratios]));
  console.log();
  console.log(table([[`LIST of ${KEYS.toLocaleString('en')} keys by 1,000`, `${(median(listing) / 1000).toFixed(2)} s`]]));
}
