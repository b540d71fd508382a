// (c) The same work as a shell script does it with s3cmd, ImageMagick and psql, on the same store and database.
import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { startEmbedded } from '../src/ledger/embedded.ts';
import { createDataFolder, type Program, removeDataFolder, startProgram, until } from '../test/program.ts';
import { inParallel, table, timed } from './measure.ts';
import { nothingPending } from './pending.ts';
import { loadPhotos, type Photo } from './photos.ts';

const run = promisify(execFile);
const CONVERT = process.env.CONVERT ?? '/usr/bin/convert';

const { photos, what } = await loadPhotos();
await access(CONVERT).catch(() => {
  throw new Error(`${CONVERT} is missing: install imagemagick, s3cmd and postgresql-client for this measurement`);
});
const set = photos.slice(0, 20).map((photo, index) => ({ ...photo, name: `picture-${index}.jpg` }));
const folder = await mkdtemp(join(tmpdir(), 'pixmill-peer-'));
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };
const embedded = await startEmbedded(join(folder, 'postgres'), quiet);
const { user, password, host, port, database } = embedded.address;
const url = `postgresql://${user}:${password}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
const data = await createDataFolder();
const program = await startProgram(data, { LOG_LEVEL: 'warn', DATABASE_URL: url });
try {
  await program.api('/api/v1/pipelines');
  const script = await timeScript(program);
  const ours = await timed(async () => {
    await putAll(program, 'input', set);
    await until('everything is delivered', () => nothingPending(program), 600_000);
  });
  const each = (ms: number) => `${Math.round(ms / set.length)} ms a picture`;
  console.log(
    table([
      ['pictures', `${set.length} of ${what}`],
      ['shell script, without its waits', each(script)],
      ['Pixmill, pipeline "negative", PUT to delivered', each(ours)],
      ['times faster', (script / ours).toFixed(1)],
    ]),
  );
} finally {
  await program.stop();
  await embedded.stop();
  await removeDataFolder(data);
  await rm(folder, { recursive: true, force: true });
}

/** The script gets buckets of its own, which no pipeline watches. */
async function timeScript(running: Program): Promise<number> {
  const { endpoint, accessKeyId, secretAccessKey } = running.s3;
  const { host: at } = new URL(endpoint);
  const S3CFG = join(folder, 's3cfg');
  const lines = ['[default]', `access_key = ${accessKeyId}`, `secret_key = ${secretAccessKey}`];
  await writeFile(S3CFG, `${[...lines, `host_base = ${at}`, `host_bucket = ${at}`, 'use_https = False'].join('\n')}\n`);
  for (const bucket of ['peer-input', 'peer-output']) await run('s3cmd', ['-q', '-c', S3CFG, 'mb', `s3://${bucket}`]);
  await putAll(running, 'peer-input', set);
  const env = { ...process.env, S3CFG, DATABASE: url, CONVERT, INPUT: 'peer-input', OUTPUT: 'peer-output' };
  return timed(() => run(join(import.meta.dirname, 'peer-shell.sh'), { env }));
}

async function putAll(running: Program, Bucket: string, pictures: Photo[]): Promise<void> {
  const client = running.client();
  await inParallel(pictures, 4, ({ name, bytes }) => client.send(new PutObjectCommand({ Bucket, Key: name, Body: bytes })));
  client.destroy();
}
