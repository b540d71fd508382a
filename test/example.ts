// An example as a newcomer meets it: the whole program on its configuration, and the steps of its README, typed as they stand.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import pg from 'pg';
import { type Ended, LAUNCHER, ROOT, runCommand, startProcess, temporaryFolder } from './command.ts';
import { createDataFolder, type Program, removeDataFolder, startProgram, until } from './program.ts';

export interface Example {
  program: Program;
  /** Where the steps are typed. */
  folder: string;
  /** Types the README's next block of commands. @throws where one of them fails */
  next(): Promise<Ended>;
  /** Types anything else there. */
  inShell(script: string): Promise<Ended>;
  /** True when every block was typed. */
  finished(): boolean;
  /** Puts bytes into the built-in store. */
  put(bucket: string, key: string, bytes: Buffer, contentType?: string): Promise<void>;
  /** What is at that key of the built-in store; undefined where nothing is. */
  get(bucket: string, key: string): Promise<Buffer | undefined>;
  /** Resolves when everything heard has had its answer. */
  settled(): Promise<void>;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Stops the program in good order and starts it again on the same data. */
  restart(): Promise<void>;
}

/** @param environment for the program and for the steps */
export async function startExample(name: string, environment: NodeJS.ProcessEnv = {}): Promise<Example> {
  const folder = await temporaryFolder(`example-${name}`);
  const data = await createDataFolder();
  const [start = '', ...steps] = stepsOf(name);
  const config = /^PIXMILL_CONFIG=(\S+) npm start$/.exec(start)?.[1];
  assert.ok(config, `the README's first block starts the example: ${start}`);
  const env = { ...environment, PIXMILL_CONFIG: join(ROOT, config) };
  let program = await startProgram(data, env);
  let typed = 0;

  after(async () => {
    await program.kill();
    // Takes over the database that was left running, and stops it.
    await runCommand(['migrate', 'status'], { env: { PIXMILL_DATA: data } });
    await removeDataFolder(data);
  });

  async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const { database } = JSON.parse(await readFile(join(data, 'local.json'), 'utf8'));
    const client = new pg.Client(database);
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** All terminals are one here, where what was evaluated before still holds. */
  function inShell(script: string): Promise<Ended> {
    const before = `set -eu
npx() { shift; '${process.execPath}' '${LAUNCHER}' "$@"; }
if [ -z "\${S3_ENDPOINT:-}" ]; then eval "$(npx pixmill env)"; fi`;
    const shell = { ...environment, ...theirs(environment), PIXMILL_DATA: data, HOME: folder };
    return startProcess('bash', ['-c', `${before}\n${script}`], { cwd: folder, env: shell }).ended;
  }

  return {
    get program() {
      return program;
    },
    folder,
    async next() {
      const step = steps[typed];
      typed += 1;
      assert.ok(step, 'the README has another step');
      const ended = await inShell(step);
      assert.equal(ended.code, 0, `${step}\n${ended.stdout}${ended.stderr}`);
      return ended;
    },
    inShell,
    finished: () => typed === steps.length,
    async put(bucket, key, bytes, contentType) {
      await program.client().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: contentType }));
    },
    async get(bucket, key) {
      try {
        const { Body } = await program.client().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async settled() {
      const open = `SELECT bucket, key FROM original WHERE state = 'pending'
        UNION ALL SELECT bucket, key FROM event WHERE result IS NULL`;
      await until('everything heard has its answer', async () => (await query(open)).length === 0 || undefined, 30_000, 100);
    },
    query,
    async restart() {
      await program.stop();
      program = await startProgram(data, env);
    },
  };
}

/** Why a test of these clients cannot be run here, or false where it can. */
export function missing(...clients: string[]): string | false {
  const absent = clients.filter((client) => spawnSync(client, ['--version'], { stdio: 'ignore' }).status !== 0);
  return absent.length > 0 && `not installed: ${absent.join(', ')}`;
}

/** The blocks of commands in an example's README, in order. */
function stepsOf(name: string): string[] {
  const text = readFileSync(join(ROOT, 'examples', name, 'README.md'), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].map(([, block = '']) => block);
}

/** With somebody's own store, clients find it as they always do. */
function theirs({ S3_ENDPOINT, AWS_REGION }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return S3_ENDPOINT === undefined ? {} : { AWS_ENDPOINT_URL: S3_ENDPOINT, AWS_DEFAULT_REGION: AWS_REGION };
}
