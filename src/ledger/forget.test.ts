import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import { ADVISORY_LOCK } from '../domain/advisory-lock.ts';
import { type Database, openDatabase } from './database.ts';
import { type Forgotten, forgetBatch } from './forget.ts';
import { migrateUp } from './migrate.ts';
import type { Ledger } from './schema.ts';

let server: TestDatabase;
let one: Database<Ledger>;
let other: Database<Ledger>;
before(async () => {
  server = await createTestDatabase();
  one = openDatabase<Ledger>(server.address, 4);
  other = openDatabase<Ledger>(server.address, 4);
  await migrateUp(one.db);
});
after(async () => {
  await one.close();
  await other.close();
  await server.drop();
});
beforeEach(() => one.pool.query('TRUNCATE event, event_tally, action'));

const DAY = 86_400_000;
const limit = new Date(Date.now() - 30 * DAY);

/** `count` events, each a second younger than the one before; the first is `days` old. Of three, one failed and one is open. */
async function hear(count: number, days: number, door = 'hook', kind = 'put'): Promise<void> {
  await one.pool.query(
    `INSERT INTO event (door, kind, bucket, key, received_at, result)
     SELECT $1, $2, 'src', 'k' || n, now() - $3 * interval '1 day' + n * interval '1 second',
       CASE n % 3 WHEN 0 THEN 'rendered' WHEN 1 THEN 'failed' END
     FROM generate_series(0, $4::int - 1) n`,
    [door, kind, days, count],
  );
}

async function forgetAll({ db }: Database<Ledger>): Promise<number> {
  let batches = 0;
  for (let behind: Forgotten | undefined = await forgetBatch(db, limit); behind; batches++) {
    behind = await forgetBatch(db, limit, behind);
  }
  return batches;
}

async function tally(): Promise<Record<string, number>> {
  const rows = await one.db.selectFrom('event_tally').selectAll().execute();
  return Object.fromEntries(rows.map(({ door, kind, outcome, count }) => [`${door} ${kind} ${outcome}`, count]));
}

async function left(table: 'event' | 'action'): Promise<number> {
  const { rows } = await one.pool.query(`SELECT count(*)::int AS count FROM ${table}`);
  return rows[0].count;
}

test('events older than history goes back are forgotten in batches, and stay counted by door, kind and outcome', async () => {
  await hear(2400, 40);
  await hear(30, 35, 'schedule', 'cron');
  await hear(6, 29);
  assert.equal(await forgetAll(one), 3);
  assert.equal(await left('event'), 6);
  assert.deepEqual(await tally(), {
    'hook put ok': 800,
    'hook put error': 800,
    'hook put open': 800,
    'schedule cron ok': 10,
    'schedule cron error': 10,
    'schedule cron open': 10,
  });
  const { since } = await one.db
    .selectFrom('event_tally')
    .select((eb) => eb.fn.min('since').as('since'))
    .executeTakeFirstOrThrow();
  assert.ok(Math.abs(since.getTime() - (Date.now() - 40 * DAY)) < 60_000, String(since));
  await hear(3, 31);
  await forgetAll(one);
  assert.equal((await tally())['hook put ok'], 801);
});

test('two who forget at once count nothing twice, and leave nothing', async () => {
  await hear(6000, 40);
  await Promise.all([forgetAll(one), forgetAll(other), forgetAll(one), forgetAll(other)]);
  await forgetAll(one);
  assert.equal(await left('event'), 0);
  assert.deepEqual(await tally(), { 'hook put ok': 2000, 'hook put error': 2000, 'hook put open': 2000 });
});

test('while one forgets, another does not wait', async () => {
  await hear(3, 40);
  const holder = await other.pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK.forget]);
  assert.equal(await forgetBatch(one.db, limit), undefined);
  await holder.query('COMMIT');
  holder.release();
  await forgetAll(one);
  assert.equal(await left('event'), 0);
});

// Deliveries and forgetting once had one number: each kept the other from its work.
test('while jobs and deliveries are claimed, history is forgotten all the same', async () => {
  await hear(3, 40);
  const claimer = await other.pool.connect();
  await claimer.query('BEGIN');
  await claimer.query('SELECT pg_advisory_xact_lock($1), pg_advisory_xact_lock($2)', [
    ADVISORY_LOCK.claim,
    ADVISORY_LOCK.deliver,
  ]);
  await forgetAll(one);
  assert.equal(await left('event'), 0);
  await claimer.query('COMMIT');
  claimer.release();
});

test('an event that is being answered is left for the next time, and is counted with its answer', async () => {
  await hear(6, 40);
  const writer = await other.pool.connect();
  await writer.query('BEGIN');
  await writer.query(`UPDATE event SET result = 'rendered' WHERE result IS NULL`);
  await forgetAll(one);
  assert.equal(await left('event'), 2);
  await writer.query('COMMIT');
  writer.release();
  await forgetAll(one);
  assert.deepEqual(await tally(), { 'hook put ok': 4, 'hook put error': 2 });
});

test('actions are forgotten with the events that led to them', async () => {
  await one.pool.query(
    `INSERT INTO action (bucket, key, kind, detail, attempt, ms, at)
     SELECT 'src', 'k', 'rendered', '', 1, 1, now() - interval '1 day' * (60 - (n - 0.5) / 50) FROM generate_series(1, 2000) n`,
  );
  await forgetAll(one);
  assert.equal(await left('action'), 500);
});
