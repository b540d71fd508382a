// Starts that cannot succeed say why and what to do, and starts on somebody else's database do.
import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { runCommand } from '../command.ts';
import { createTestDatabase } from '../postgres.ts';
import { createDataFolder, removeDataFolder, startProgram, until } from '../program.ts';

let data: string;
before(async () => {
  data = await createDataFolder();
});
after(() => removeDataFolder(data));

/** What the program says as it refuses to start. */
async function refusal(environment: NodeJS.ProcessEnv): Promise<string> {
  try {
    const program = await startProgram(data, environment);
    await program.stop();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it started');
}

test('a configuration with several faults is refused with all of them and the file to correct', async () => {
  const file = join(data, 'bad.json');
  await writeFile(
    file,
    JSON.stringify({
      pipelines: {
        one: {
          source: { bucket: 'pictures' },
          renditions: { thumb: { recipe: { resize: { width: 0 } }, to: { bucket: 'out', key: '{key}' } } },
        },
        two: {
          source: { bucket: 'pictures' },
          renditions: { big: { recipe: { quality: 101 }, to: { bucket: 'out', key: 'x' } } },
        },
      },
    }),
  );
  const said = await refusal({ PIXMILL_CONFIG: file });
  assert.match(said, /recipe "thumb": resize\.width 0 is outside 1–8192/);
  assert.match(said, /recipe "big": quality 101 is outside 1–100/);
  assert.match(said, /rendition "big": to\.key gives every picture the same key/);
  assert.match(said, new RegExp(`correct ${file}`));
  assert.match(said, /ended with 1 /);
  assert.doesNotMatch(said, /\n\s+at /, 'a stack trace is no answer');
});

// The endpoint that was open by then kept the process alive.
test('a bucket whose name the built-in store does not allow is named, and the program ends', async () => {
  const file = join(data, 'kept.json');
  const renditions = { small: { recipe: { resize: { width: 9 } }, to: { bucket: 'small', key: '{key}' } } };
  await writeFile(file, JSON.stringify({ pipelines: { one: { source: { bucket: 'pictures-s3alias' }, renditions } } }));
  const said = await refusal({ PIXMILL_CONFIG: file });
  assert.match(said, /"pictures-s3alias" cannot be the name of a bucket/);
  assert.match(said, /ended with 1 /);
});

test('a port in use is named with the variable that sets it', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await until('the port is held', async () => holder.listening || undefined);
  const port = String((holder.address() as AddressInfo).port);
  assert.match(await refusal({ PORT: port }), new RegExp(`port ${port} is in use[\\s\\S]*PORT`));
  assert.match(await refusal({ PIXMILL_S3_PORT: port }), new RegExp(`${port}[\\s\\S]*PIXMILL_S3_PORT`));
});

test('a data folder that cannot be written is named with its mend', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root writes everywhere');
  const folder = join(data, 'read-only');
  await mkdir(folder);
  await chmod(folder, 0o500);
  assert.match(await refusal({ PIXMILL_DATA: folder }), /cannot be written[\s\S]*PIXMILL_DATA/);
});

test('a data folder below a file is named with its mend', async () => {
  const file = join(data, 'file');
  await writeFile(file, '');
  assert.match(await refusal({ PIXMILL_DATA: join(file, 'data') }), /cannot be written[\s\S]*PIXMILL_DATA/);
});

test('a second server on the same data folder is refused, and the first goes on', async () => {
  const first = await startProgram(data);
  assert.match(await refusal({}), /already running/);
  assert.equal((await first.api('/api/v1/stats')).status, 200);
  assert.equal(await first.stop(), 0);
});

test('with DATABASE_URL no embedded database is started, and pictures are rendered all the same', async () => {
  const database = await createTestDatabase();
  const { url } = database.address as { url: string };
  const folder = await createDataFolder();
  const program = await startProgram(folder, { DATABASE_URL: url });
  const { stdout } = await runCommand(['env', '--json'], { env: { PIXMILL_DATA: folder } });
  assert.deepEqual(
    Object.keys(JSON.parse(stdout)).filter((name) => name.startsWith('PG')),
    [],
    'psql is led nowhere',
  );
  const client = program.client();
  const Body = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  await client.send(new PutObjectCommand({ Bucket: 'pictures', Key: 'a.png', Body }));
  await until('the rendition is recorded', async () => {
    const { items } = (await (await program.api('/api/v1/objects?bucket=pictures&key=a.png')).json()) as {
      items: { state: string }[];
    };
    return items[0]?.state === 'done' || undefined;
  });
  client.destroy();
  assert.equal(await program.stop(), 0);
  await removeDataFolder(folder);
  await database.drop();
});

test('a database that does not answer is named with the variable, without its password', async () => {
  const said = await refusal({ DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/none' });
  assert.match(said, /DATABASE_URL/);
  assert.doesNotMatch(said, /hunter2/);
});
