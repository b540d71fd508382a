// Out-hooks of the whole program, to a receiver that checks signatures as the documentation says.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ROOT, runCommand, temporaryFolder } from '../command.ts';
import { picture } from '../http-server.ts';
import { createDataFolder, type Program, removeDataFolder, startProgram, until } from '../program.ts';
import { type Received, type Receiver, startReceiver } from '../receiver.ts';

const SECRET = `whsec_${Buffer.from('a key of at least twenty-four bytes').toString('base64')}`;

/** The ten lines of docs/hooks.md. */
const [, SAMPLE = ''] = /```js\n(.*?)```/s.exec(await readFile(join(ROOT, 'docs/hooks.md'), 'utf8')) ?? [];
const { verify } = await import(`data:text/javascript,${encodeURIComponent(SAMPLE)}`);

const scratch = await temporaryFolder('out-hooks');
const config = join(scratch, 'pixmill.config.json');

let answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end();
let receiver: Receiver;
let data: string;
let program: Program;

before(async () => {
  receiver = await startReceiver((response) => answer(response));
  await configure(8);
  data = await createDataFolder();
  program = await startProgram(data, { PIXMILL_CONFIG: config });
});
after(async () => {
  await program.stop();
  await receiver.close();
  await removeDataFolder(data);
});

async function configure(width: number): Promise<void> {
  const small = { recipe: { resize: { width }, format: 'webp' }, to: { bucket: 'small', key: '{key}.webp' } };
  const pipelines = { small: { source: { bucket: 'pictures' }, renditions: { small } } };
  const refused = { url: `http://localhost:${receiver.port}/refused`, secret: SECRET, on: ['removed'] };
  const out = [{ url: receiver.url, secret: SECRET, allowPrivate: true }, refused];
  await writeFile(config, JSON.stringify({ pipelines, hooks: { out } }));
}

async function put(key: string, body: Buffer): Promise<void> {
  const client = program.client();
  await client.send(new PutObjectCommand({ Bucket: 'pictures', Key: key, Body: body }));
  client.destroy();
}

function told(count: number): Promise<Received> {
  return until(`${count} events`, async () => receiver.received[count - 1]);
}

const command = (...args: string[]) => runCommand(args, { env: { PIXMILL_DATA: data } });

async function deliveries(query = ''): Promise<{ id: string; state: string; url: string; eventId: string; reason: string }[]> {
  return ((await (await program.api(`/api/v1/deliveries${query}`)).json()) as { items: never[] }).items;
}

test('a picture that is put, put anew, broken and deleted is told of each time, verifiably', async () => {
  await put('cat.png', await picture(16, 12, '#ff0000'));
  const made = verify(SECRET, (await told(1)).headers, (await told(1)).body);
  assert.deepEqual([made.type, made.subject], ['pixmill.rendition.made', 'small/cat.png.webp']);
  assert.throws(() => verify(SECRET, receiver.received[0]?.headers, `${receiver.received[0]?.body} `), /not signed/);
  assert.throws(
    () => verify(SECRET.replace('_', '_AAAA'), receiver.received[0]?.headers, receiver.received[0]?.body),
    /not signed/,
  );
  assert.throws(() => verify(SECRET, {}, '{}'), /another time/);

  await put('cat.png', await picture(16, 12, '#00ff00'));
  const replaced = verify(SECRET, (await told(2)).headers, (await told(2)).body);
  assert.equal(replaced.type, 'pixmill.rendition.replaced');
  assert.equal(replaced.data.before.etag, made.data.output.etag);
  assert.notEqual(replaced.data.output.sha256, made.data.output.sha256);

  await put('broken.png', Buffer.from('no picture'));
  const failed = verify(SECRET, (await told(3)).headers, (await told(3)).body);
  assert.deepEqual(
    [failed.type, failed.subject, failed.data.failure.class],
    ['pixmill.rendition.failed', 'pictures/broken.png', 'unsupported'],
  );

  const client = program.client();
  await client.send(new DeleteObjectCommand({ Bucket: 'pictures', Key: 'cat.png' }));
  client.destroy();
  const removed = verify(SECRET, (await told(4)).headers, (await told(4)).body);
  assert.equal(removed.type, 'pixmill.rendition.removed');
  assert.deepEqual(removed.data.output, replaced.data.output);
  assert.deepEqual(removed.data.original, replaced.data.original);

  // A run finds nothing new, and tells nothing anew.
  assert.equal((await command('run', 'small')).code, 0);
  assert.equal(receiver.received.length, 4);
  assert.equal(new Set(receiver.received.map(({ event }) => event.id)).size, 4);
});

test('a name that leads to the own machine is refused where it is not allowed', async () => {
  const [refused] = await until('it was tried', async () => {
    const items = await deliveries('?state=waiting');
    return items[0]?.reason ? items : undefined;
  });
  assert.match(refused?.reason ?? '', /127\.0\.0\.1.* is no public address/);
  assert.ok(receiver.received.every(({ path }) => path === '/hook'));
});

test('an event that was recorded before a kill is sent after it, once, with the id that it had', async () => {
  const held: ServerResponse[] = [];
  answer = (response) => void held.push(response);
  const before = receiver.received.length;
  await put('killed.png', await picture());
  const { event } = await told(before + 1);
  await program.kill();
  answer = (response) => response.writeHead(204).end();
  program = await startProgram(data, { PIXMILL_CONFIG: config });
  const again = await told(before + 2);
  assert.equal(again.event.id, event.id);
  assert.equal(again.body, receiver.received[before]?.body);
  await until(
    'nothing waits',
    async () => (await deliveries(`?url=${encodeURIComponent(receiver.url)}`)).length === 0 || undefined,
  );
  assert.equal(receiver.received.length, before + 2);
});

test('what was given up is listed, redriven by the command, and counted', async () => {
  answer = (response) => response.writeHead(410).end();
  const before = receiver.received.length;
  await put('gone.png', await picture());
  await told(before + 1);
  const [dead] = await until('it was given up', async () => {
    const items = await deliveries('?state=failed');
    return items.length > 0 ? items : undefined;
  });
  const listed = await command('deliveries', '--state', 'failed');
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, new RegExp(`^${dead?.id} .* failed  pixmill\\.rendition\\.made  small/gone\\.png\\.webp\n`));
  assert.match(listed.stdout, /→ http:\/\/127\.0\.0\.1:\d+\/hook: 1 try\n +answered 410: it is gone\n$/);
  for (const args of [
    ['--redrive', 'x'],
    ['--redrive', 'all', dead?.id ?? ''],
    ['--redrive', 'all', '--state', 'failed'],
  ]) {
    assert.equal((await command('deliveries', ...args)).code, 2, args.join(' '));
  }
  answer = (response) => response.writeHead(204).end();
  const redriven = await command('deliveries', '--url', receiver.url, '--redrive', 'all', '--json');
  assert.deepEqual(JSON.parse(redriven.stdout), { redriven: 1 });
  assert.equal((await told(before + 2)).event.id, dead?.eventId);
  assert.deepEqual(JSON.parse((await command('deliveries', '--redrive', dead?.id ?? '', '--json')).stdout), { redriven: 0 });

  const metrics = await until('both tries are counted', async () => {
    const text = await (await program.api('/metrics')).text();
    return text.includes('pixmill_deliveries_total{result="failed"} 1') ? text : undefined;
  });
  assert.match(metrics, /pixmill_deliveries_total\{result="delivered"\} \d+/);
  assert.doesNotMatch(program.output(), /whsec_|twenty-four/);
});

test('a worker that ends when nothing is left to do has told of what it did, and leaves what was put off', async () => {
  assert.equal(await program.stop(), 0);
  await configure(9);
  const before = receiver.received.length;
  const env = { PIXMILL_DATA: data, PIXMILL_CONFIG: config };
  const { code, stderr } = await runCommand(['worker', '--until-idle', '--run', 'all'], { env });
  assert.equal(code, 3, stderr);
  const subjects = receiver.received.slice(before).map(({ event: { type, subject } }) => `${type} ${subject}`);
  assert.deepEqual(subjects.sort(), [
    'pixmill.rendition.failed pictures/broken.png',
    'pixmill.rendition.replaced small/gone.png.webp',
    'pixmill.rendition.replaced small/killed.png.webp',
  ]);
});
