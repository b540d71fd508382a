import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/postgres.ts';
import type { Log } from '../domain/ports.ts';
import { clientConfig } from './database.ts';
import { openFeed } from './feed.ts';

let server: TestDatabase;
let client: pg.Client;
before(async () => {
  server = await createTestDatabase();
  client = new pg.Client(clientConfig(server.address));
  await client.connect();
});
after(async () => {
  await client.end();
  await server.drop();
});

const say = (payload: string) => client.query(`SELECT pg_notify('pixmill_feed', $1)`, [payload]);

/** A feed whose words can be waited for, one by one. */
function listen() {
  const heard: string[] = [];
  const waiting: (() => void)[] = [];
  const hear = (word: string) => {
    heard.push(word);
    for (const wake of waiting.splice(0)) wake();
  };
  const warnings: string[] = [];
  const log: Log = { debug() {}, info() {}, warn: (_, message) => warnings.push(message), error() {} };
  const feed = openFeed(
    server.address,
    {
      onOriginals: (ids) => hear(`originals ${ids}`),
      onRuns: (ids) => hear(`runs ${ids}`),
      onEvents: () => hear('events'),
      onGap: () => hear('gap'),
    },
    log,
  );
  return {
    feed,
    warnings,
    async next(): Promise<string> {
      while (heard.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return heard.shift() as string;
    },
  };
}

test('what is announced is heard, and nonsense is passed over', async () => {
  const { feed, next, warnings } = listen();
  await feed.listening;
  await say('{"originals":[1,2]}');
  await say('no JSON');
  await say('{"something":"else"}');
  await say('{"runs":[3]}');
  await say('{"events":true,"originals":[4]}');
  assert.equal(await next(), 'originals 1,2');
  assert.equal(await next(), 'runs 3');
  assert.equal(await next(), 'originals 4');
  assert.equal(await next(), 'events');
  assert.equal(warnings.length, 1);
  await feed.close();
});

test('a lost connection is opened again, and the gap is told', async () => {
  const { feed, next } = listen();
  await feed.listening;
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
  );
  assert.equal(await next(), 'gap');
  await say('{"originals":[4]}');
  assert.equal(await next(), 'originals 4');
  await feed.close();
});

test('closing a feed leaves no connection behind, even where the server was never reached', async () => {
  const { feed } = listen();
  await feed.listening;
  await feed.close();
  const { rows } = await client.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`);
  assert.equal(rows.length, 0);

  const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
  const nowhere = openFeed(
    { url: 'postgres://127.0.0.1:1/x' },
    { onOriginals() {}, onRuns() {}, onEvents() {}, onGap() {} },
    log,
  );
  await nowhere.close();
});
