// Announcing and delivering on the real database and the real queue, to real servers on the loopback.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { until } from '../../test/program.ts';
import { type Received, type Receiver, startReceiver } from '../../test/receiver.ts';
import type { OutHookConfig } from '../config/out-hooks-schema.ts';
import type { MadeRendition, NewFailure, ObjectJob, Outcome } from '../domain/outcome.ts';
import { type Database, openDatabase } from '../ledger/database.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { openRecorder, type Settle } from '../ledger/record.ts';
import type { Ledger } from '../ledger/schema.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import { announceTo, type DeliveryResult, type OutHooks, startOutHooks } from './out-hooks.ts';

const lines: { level: string; data: Record<string, unknown> }[] = [];
const hear = (level: string) => (data: object) => void lines.push({ level, data: data as Record<string, unknown> });
const log = { debug: hear('debug'), info: hear('info'), warn: hear('warn'), error: hear('error') };
const secret = 'a secret of at least 24 characters';

let testDatabase: TestDatabase;
let database: Database<Ledger>;
let queue: Queue;
const opened: Receiver[] = [];
const started: OutHooks[] = [];

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 8);
  await migrateUp(database.db);
  queue = await openQueue(database.pool, false, log);
});
after(async () => {
  await queue.stop();
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  lines.length = 0;
  await database.pool.query('DELETE FROM pgboss.job');
  await database.pool.query('TRUNCATE original, rendition, failure, event, action');
});
afterEach(async () => {
  for (const sender of started.splice(0)) await sender.stop();
  for (const receiver of opened.splice(0)) await receiver.close();
});

async function receiver(answer?: (response: ServerResponse, received: Received, count: number) => void): Promise<Receiver> {
  const one = await startReceiver(answer);
  opened.push(one);
  return one;
}

function hookOf({ url }: Receiver, more: Partial<OutHookConfig> = {}): OutHookConfig {
  return { url, secret, allowPrivate: true, ...more };
}

function deliver(hooks: OutHookConfig[], own: Queue = queue, timeoutMs = 1000): { sender: OutHooks; results: DeliveryResult[] } {
  const results: DeliveryResult[] = [];
  const tried = (result: DeliveryResult) => void results.push(result);
  const sender = startOutHooks({ hooks, deliveries: own.deliveries, version: '1', tried, log, timeoutMs });
  started.push(sender);
  return { sender, results };
}

const made = (name: string, replaces?: MadeRendition['replaces']): MadeRendition => ({
  ...{
    pipeline: 'p',
    name,
    bucket: 'out',
    key: `${name}.webp`,
    sourceEtag: 'e1',
    sourceSha256: 'a1',
    fingerprint: 'f',
    engine: 'e',
  },
  ...{ etag: 'o1', sha256: 'b1', size: 10, format: 'webp', width: 2, height: 1, decodeMs: 1, renderMs: 1, totalMs: 1, replaces },
});

const failure = (known = false): NewFailure => ({
  ...{ pipeline: 'p', rendition: 'r', class: 'corrupt', reason: 'it is broken', mend: 'repair it', attempts: 2 },
  ...{ sourceEtag: 'e1', fingerprint: 'f', engine: 'e', known },
});

function outcome(changes: Partial<Outcome>): Outcome {
  const original = {
    ...{ state: 'done' as const, etag: 'e1', size: 100, contentType: 'image/png', format: 'png', width: 4, height: 2 },
    ...{ sha256: 'a1', modifiedAt: undefined },
  };
  const nothing = { made: [], removed: [], failures: [], failedBefore: false, actions: [], heard: undefined };
  return { original, ...nothing, job: 'done', ...changes };
}

/** Records outcomes of one object, as a worker does. */
function recorder(hooks: OutHookConfig[], settle: Settle<ObjectJob> = async (_tx, entries) => entries) {
  const record = openRecorder<ObjectJob>(database.db, settle, announceTo(hooks, queue.deliveries));
  return (changes: Partial<Outcome>) => record({ bucket: 'src', key: 'cat.png', at: new Date(), attempt: 1 }, outcome(changes));
}

const dueNow = () => database.pool.query("UPDATE pgboss.job SET start_after = now() WHERE state = 'retry'");
const jobs = async () => (await database.pool.query("SELECT name, state FROM pgboss.job WHERE name LIKE 'out-hook%'")).rows;

test('what is made, replaced, removed and failed is told, each to whom it concerns', async () => {
  const [all, some, other] = [await receiver(), await receiver(), await receiver()];
  const hooks = [hookOf(all), hookOf(some, { on: ['failed', 'removed'] }), hookOf(other, { pipelines: ['q'] })];
  const record = recorder(hooks);
  await record({ made: [made('r'), made('s')] });
  const before = { bucket: 'out', key: 'old.webp', etag: 'o0' };
  await record({ made: [made('r', before)] });
  const { rows } = await database.pool.query(`SELECT id FROM rendition WHERE name = 's'`);
  await record({ removed: [rows[0].id] });
  await record({ failures: [failure()] });
  const { results } = deliver(hooks);
  await until('all are told', async () => results.length === 7 || undefined);

  const order = ['made', 'replaced', 'removed', 'failed'].map((kind) => `pixmill.rendition.${kind}`);
  const told = (one: Receiver) =>
    one.received.map(({ event }) => event).sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
  const shown = told(all).map(({ type, subject }) => `${type} ${subject}`);
  assert.deepEqual(shown.slice(0, 2).sort(), ['pixmill.rendition.made out/r.webp', 'pixmill.rendition.made out/s.webp']);
  assert.deepEqual(shown.slice(2), [
    'pixmill.rendition.replaced out/r.webp',
    'pixmill.rendition.removed out/s.webp',
    'pixmill.rendition.failed src/cat.png',
  ]);
  const original = { bucket: 'src', key: 'cat.png', etag: 'e1', sha256: 'a1' };
  const output = { bucket: 'out', etag: 'o1', sha256: 'b1', size: 10, format: 'webp', width: 2, height: 1 };
  assert.deepEqual(told(all)[2].data, {
    ...{ pipeline: 'p', rendition: 'r', original, output: { ...output, key: 'r.webp' }, before },
  });
  assert.deepEqual(told(some)[0].data, { pipeline: 'p', rendition: 's', original, output: { ...output, key: 's.webp' } });
  assert.deepEqual(told(some)[1].data, {
    ...{ pipeline: 'p', rendition: 'r', original },
    failure: { class: 'corrupt', reason: 'it is broken', mend: 'repair it', attempts: 2 },
  });
  assert.deepEqual([told(some).length, told(other).length], [2, 0]);
  // One event has one id, whoever is told of it.
  assert.deepEqual(
    told(some).map(({ id }) => id),
    told(all)
      .slice(3)
      .map(({ id }) => id),
  );
});

test('a failure that is on the ledger already is not told again', async () => {
  const hooks = [hookOf(await receiver())];
  const record = recorder(hooks);
  await record({ failures: [failure()] });
  await record({ failures: [failure(true)] });
  assert.equal((await jobs()).length, 1);
});

test('nothing is told of an outcome that was rolled back, or whose job was no longer ours', async () => {
  const hooks = [hookOf(await receiver())];
  const broken = openRecorder<ObjectJob>(
    database.db,
    async (_tx, entries) => entries,
    async (tx, changes) => {
      await announceTo(hooks, queue.deliveries)?.(tx, changes);
      throw new Error('the database went away before the end');
    },
  );
  const job = { bucket: 'src', key: 'cat.png', at: new Date(), attempt: 1 };
  await assert.rejects(broken(job, outcome({ made: [made('r')] })), /went away/);
  assert.equal(await recorder(hooks, async () => [])({ made: [made('r')] }), false);
  assert.deepEqual(await jobs(), []);
  assert.equal((await database.pool.query('SELECT FROM rendition')).rowCount, 0);
});

test('where nobody wants to be told nothing is queued, and nothing looks for it', async () => {
  assert.equal(announceTo([], queue.deliveries), undefined);
  const deliveries = new Proxy({} as Queue['deliveries'], {
    get: (_, name) => assert.fail(`${String(name)} was asked for`),
  });
  const idle = startOutHooks({ hooks: [], deliveries, version: '1', tried() {}, log });
  idle.wake();
  assert.equal(await idle.isIdle(), true);
  await idle.stop();
});

test('what was answered with 500 comes again with the same id and the same bytes, signed anew', async () => {
  const one = await receiver((response, _, count) => response.writeHead(count === 1 ? 500 : 200).end());
  const hooks = [hookOf(one)];
  await recorder(hooks)({ made: [made('r')] });
  const { results, sender } = deliver(hooks);
  await until('it was refused', async () => results.length === 1 || undefined);
  const { rows } = await queue.deliveries.list({}, 10);
  const [waiting] = rows;
  assert.deepEqual([waiting?.state, waiting?.tries, waiting?.reason], ['waiting', 1, 'answered 500']);
  const pause = (waiting?.nextTryAt?.getTime() ?? 0) - Date.now();
  assert.ok(pause > 5000 && pause <= 20_000, `${pause} ms until the next try`);
  assert.equal(await sender.isIdle(), true, 'what was put off keeps nobody waiting');
  await dueNow();
  sender.wake();
  await until('it was taken', async () => results.length === 2 || undefined);
  assert.deepEqual(results, ['retried', 'delivered']);
  const [first, second] = one.received;
  assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id']);
  assert.equal(first?.body, second?.body);
  assert.deepEqual((await queue.deliveries.list({}, 10)).rows, []);
});

test('a receiver that asks for time gets it', async () => {
  const one = await receiver((response) => response.writeHead(429, { 'retry-after': '3600' }).end());
  await recorder([hookOf(one)])({ made: [made('r')] });
  const { results } = deliver([hookOf(one)]);
  await until('it was put off', async () => results.length === 1 || undefined);
  const next = (await queue.deliveries.list({}, 10)).rows[0]?.nextTryAt?.getTime() ?? 0;
  assert.ok(next - Date.now() > 3_590_000 && next - Date.now() <= 3_600_000);
});

test('410 gives up at once; a redrive sends the same event, and the log names no secret of the address', async () => {
  const one = await receiver((response, _, count) => response.writeHead(count === 1 ? 410 : 204).end());
  const hook = { ...hookOf(one), url: `${one.url}?key=hidden-word` };
  await recorder([hook])({ made: [made('r')] });
  const { results, sender } = deliver([hook]);
  await until('it was given up', async () => results.length === 1 || undefined);
  const { rows } = await queue.deliveries.list({ state: 'failed', url: hook.url }, 10);
  assert.deepEqual([rows[0]?.state, rows[0]?.tries, rows[0]?.reason], ['failed', 1, 'answered 410: it is gone']);
  assert.doesNotMatch(JSON.stringify(lines), /hidden-word|a secret of/);
  assert.equal(await queue.deliveries.redrive({ ids: [rows[0]?.id ?? ''] }), 1);
  sender.wake();
  await until('it was taken', async () => results.length === 2 || undefined);
  assert.deepEqual(results, ['failed', 'delivered']);
  assert.equal(one.received[0]?.event.id, one.received[1]?.event.id);
});

test('after fourteen tries it is given up', async () => {
  const one = await receiver((response) => response.writeHead(500).end());
  await recorder([hookOf(one)])({ made: [made('r')] });
  const { results, sender } = deliver([hookOf(one)]);
  for (let tries = 1; tries <= 14; tries++) {
    sender.wake();
    await until(`try ${tries}`, async () => results.length === tries || undefined);
    await dueNow();
  }
  assert.deepEqual(results, [...Array(13).fill('retried'), 'failed']);
  const { rows } = await queue.deliveries.list({}, 10);
  assert.deepEqual([rows.length, rows[0]?.state, rows[0]?.tries, rows[0]?.reason], [1, 'failed', 14, 'answered 500']);
  assert.equal(new Set(one.received.map(({ event }) => event.id)).size, 1);
});

test('killed between the record and the sending, or between the sending and its record: it comes, with the same id', async () => {
  const one = await receiver();
  await recorder([hookOf(one)])({ made: [made('r')] });
  // A process took it, sent it, and died before it could say so.
  const [taken] = await queue.deliveries.claim(10);
  const { results, sender } = deliver([hookOf(one)]);
  sender.wake();
  assert.equal(await sender.isIdle(), false);
  assert.equal(one.received.length, 0);
  await queue.reclaim();
  sender.wake();
  await until('it was taken', async () => results.length === 1 || undefined);
  assert.equal(one.received[0]?.event.id, taken?.data.event.id);
  assert.equal(one.received.length, 1);
});

test('two processes share what there is, and send each event once', async () => {
  const one = await receiver();
  const hooks = [hookOf(one)];
  const record = recorder(hooks);
  for (let index = 0; index < 20; index++) await record({ made: [made(`r${index}`), made(`s${index}`)] });
  const other = await openQueue(database.pool, false, log);
  const senders = [deliver(hooks), deliver(hooks, other)];
  for (const { sender } of senders) sender.wake();
  await until('all are sent', async () => senders.flatMap(({ results }) => results).length >= 40 || undefined);
  for (const sender of started.splice(0)) await sender.stop();
  await other.stop();
  assert.equal(one.received.length, 40);
  assert.equal(new Set(one.received.map(({ event }) => event.id)).size, 40);
});

test('a receiver that does not answer is asked by eight requests at once, and holds nobody else up', async () => {
  const held: ServerResponse[] = [];
  let answering = false;
  const slow = await receiver((response) => {
    if (answering) response.writeHead(204).end();
    else held.push(response);
  });
  const quick = await receiver();
  const hooks = [hookOf(slow), hookOf(quick)];
  const record = recorder(hooks);
  for (let index = 0; index < 100; index++) await record({ made: [made(`r${index}`)] });
  const { results } = deliver(hooks, queue, 60_000);
  await until('the quick one has all', async () => results.length === 100 || undefined);
  assert.deepEqual([quick.received.length, slow.received.length], [100, 8]);
  answering = true;
  for (const response of held) response.writeHead(204).end();
  await until('the slow one has all', async () => results.length === 200 || undefined);
  assert.equal(slow.received.length, 100);
});

test('stopping waits for the answers under way, and leaves the rest to the next start', async () => {
  const held: ServerResponse[] = [];
  const one = await receiver((response) => void held.push(response));
  const record = recorder([hookOf(one)]);
  for (let index = 0; index < 10; index++) await record({ made: [made(`r${index}`)] });
  const { results, sender } = deliver([hookOf(one)]);
  sender.wake();
  await until('eight are under way', async () => held.length === 8 || undefined);
  const stopped = sender.stop();
  for (const response of held) response.writeHead(204).end();
  await stopped;
  assert.deepEqual(results, Array(8).fill('delivered'));
  const { rows } = await queue.deliveries.list({ state: 'waiting' }, 10);
  assert.deepEqual(
    rows.map(({ tries }) => tries),
    [0, 0],
  );
});

test('an event to a URL that is no longer configured waits for it to come back', async () => {
  const one = await receiver();
  await recorder([hookOf(one)])({ made: [made('r')] });
  const other = await receiver();
  const { results } = deliver([hookOf(other)]);
  await until('it was put off', async () => results.length === 1 || undefined);
  const { rows } = await queue.deliveries.list({}, 10);
  assert.deepEqual([rows[0]?.url, rows[0]?.reason], [one.url, 'no out-hook of the configuration has this URL any more']);
});

test('the list goes page by page, newest first, and is narrowed by state and receiver', async () => {
  const [one, two] = [await receiver((response) => response.writeHead(410).end()), await receiver()];
  const record = recorder([hookOf(one), hookOf(two)]);
  // The rows of one transaction were all created at the same time.
  await record({ made: Array.from({ length: 5 }, (_, index) => made(`r${index}`)) });
  await record({ made: [made('last')] });
  const seen: string[] = [];
  let after: Parameters<Queue['deliveries']['list']>[2];
  do {
    const { rows, next } = await queue.deliveries.list({}, 5, after);
    seen.push(...rows.map(({ id }) => id));
    after = next;
  } while (after);
  assert.deepEqual([seen.length, new Set(seen).size], [12, 12]);
  assert.equal((await queue.deliveries.list({}, 1)).rows[0]?.subject, 'out/last.webp');
  assert.equal((await queue.deliveries.list({ url: one.url }, 100)).rows.length, 6);

  const { results } = deliver([hookOf(one), hookOf(two)]);
  await until('all were tried', async () => results.length === 12 || undefined);
  assert.equal((await queue.deliveries.list({ state: 'failed' }, 100)).rows.length, 6);
  assert.deepEqual((await queue.deliveries.list({ state: 'waiting' }, 100)).rows, []);
  for (const sender of started.splice(0)) await sender.stop();
  assert.equal(await queue.deliveries.redrive({ url: two.url }), 0);
  assert.equal(await queue.deliveries.redrive({ url: one.url }), 6);
  assert.equal(await queue.deliveries.redrive({}), 0);
});
