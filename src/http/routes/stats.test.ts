import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture, startTestServer } from '../../../test/http-server.ts';
import { until } from '../../../test/program.ts';
import { forgetBatch } from '../../ledger/forget.ts';
import type { Stats } from '../shapes/stats.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

/** Figures are shared for a second. */
async function figures(isFresh: (stats: Stats) => boolean): Promise<Stats> {
  return until('the figures are fresh', async () => {
    const stats: Stats = (await server.api('GET', '/stats')).json();
    return isFresh(stats) ? stats : undefined;
  });
}

async function hear(door: string, kind: string, result: string | null, count: number, days = 0): Promise<void> {
  await server.services.pool.query(
    `INSERT INTO event (door, kind, result, received_at) SELECT $1, $2, $3, now() - $4 * interval '1 day'
     FROM generate_series(1, $5::int)`,
    [door, kind, result, days, count],
  );
}

test('events are counted by where they came in and how they ended, and stay counted when they are forgotten', async () => {
  await hear('hook', 'put', 'rendered', 5, 40);
  await hear('hook', 'put', 'failed', 1, 40);
  await hear('queue', 'delete', 'removed', 2, 2);
  await hear('lambda', 'put', 'ignored', 3);
  await hear('job', 'put', 'unchanged', 4);
  await hear('store', 'put', 'replaced', 6);
  await hear('hook', 'rejected', 'rejected', 7);
  await hear('hook', 'test', 'unchanged', 8);
  await hear('schedule', 'cron', 'done', 9, 50);
  await hear('hook', 'cron', 'cancelled', 1);
  await hear('hook', 'cron', 'failed', 2, 40);
  await hear('hook', 'cron', 'rejected', 3);
  await hear('schedule', 'cron', null, 1);
  await hear('store', 'put', null, 2);
  await hear('hook', 'put', null, 1, 45);
  // What people do through the page and the command is not what a store tells.
  await hear('upload', 'look', 'rendered', 10);
  await hear('redrive', 'look', 'failed', 11);
  await hear('api', 'delete', 'gone', 12);

  const stats = await figures(({ events }) => events.some(({ ok }) => ok > 0));
  const { cron, cron_error, cos, cos_error, open, since } = stats;
  assert.deepEqual({ cron, cron_error, cos, cos_error, open }, { cron: 10, cron_error: 5, cos: 20, cos_error: 8, open: 4 });
  assert.ok(Math.abs(Date.parse(since ?? '') - (Date.now() - 50 * 86_400_000)) < 60_000, String(since));
  const of = (all: Stats) => Object.fromEntries(all.events.map(({ door, ok, error, open }) => [door, [ok, error, open]]));
  assert.deepEqual(of(stats), {
    store: [6, 0, 2],
    hook: [14, 13, 1],
    queue: [2, 0, 0],
    lambda: [3, 0, 0],
    job: [4, 0, 0],
    schedule: [9, 0, 1],
    upload: [10, 0, 0],
    api: [12, 0, 0],
    redrive: [0, 11, 0],
  });

  await forgetBatch(server.services.db, new Date(Date.now() - 30 * 86_400_000));
  // What was forgotten unanswered is open no more, and everything else is as it was.
  const later = await figures((now) => now.open === 3);
  assert.deepEqual(of(later), of(stats));
  assert.deepEqual([later.cron, later.cron_error, later.cos, later.cos_error, later.since], [10, 5, 20, 8, since]);
  assert.equal((await server.services.db.selectFrom('event').select('id').where('door', '=', 'schedule').execute()).length, 1);
});

test('how long pictures took is told for the middle and for the slow ones', async () => {
  for (const key of ['a.png', 'b.png']) {
    await server.put('pictures', key, await picture());
    await server.work('pictures', key);
  }
  await server.services.pool.query(
    `UPDATE rendition SET total_ms = CASE WHEN id = (SELECT min(id) FROM rendition) THEN 1000 ELSE 100 END`,
  );
  const { latency, rate, bytes, queue } = await figures(({ renditions }) => renditions === 4);
  assert.deepEqual([latency?.p50, rate.lastMinute, rate.lastHour], [100, 4, 4]);
  assert.ok(latency && latency.p95 > 800 && latency.p99 > latency.p95 && latency.p99 <= 1000, JSON.stringify(latency));
  assert.ok(bytes.in > 0 && bytes.out > 0);
  assert.deepEqual(queue, { waiting: 3, active: 1 });
});
