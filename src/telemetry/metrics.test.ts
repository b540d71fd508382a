import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MadeRendition, Outcome } from '../domain/outcome.ts';
import { openMetrics } from './metrics.ts';

const made = { pipeline: 'p', name: 'r', decodeMs: 20, renderMs: 30, totalMs: 400, size: 1000 } as MadeRendition;
const outcome: Outcome = {
  original: { size: 5000 } as Outcome['original'],
  made: [made, { ...made, name: 's', size: 500 }],
  removed: [],
  failures: [],
  failedBefore: false,
  actions: [{ kind: 'rendered', detail: 'd', ms: 1 }],
  heard: undefined,
  job: 'done',
};

test('an outcome counts its decode once and each rendition', async () => {
  const metrics = openMetrics(async () => ({ waiting: 1, active: 2 }));
  metrics.recorded(outcome);
  metrics.delivered('retried');
  const { text } = await metrics.read();
  for (const line of [
    'pixmill_decode_seconds_count 1',
    'pixmill_render_seconds_count{pipeline="p",rendition="r"} 1',
    'pixmill_render_seconds_sum{pipeline="p",rendition="s"} 0.03',
    'pixmill_total_seconds_sum{pipeline="p",rendition="r"} 0.4',
    'pixmill_bytes_total{direction="in"} 5000',
    'pixmill_bytes_total{direction="out"} 1500',
    'pixmill_deliveries_total{result="retried"} 1',
    'pixmill_actions_total{kind="rendered"} 1',
    'pixmill_queue_jobs{state="active"} 2',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`);
  }
});

test('with the database away the other figures are still told', async () => {
  const metrics = openMetrics(async () => {
    throw new Error('away');
  });
  metrics.answered('GET', '/x', 200, 0.1);
  const { text } = await metrics.read();
  assert.match(text, /pixmill_http_request_seconds_count\{method="GET",route="\/x",status="200"\} 1/);
  assert.doesNotMatch(text, /pixmill_queue_jobs\{/);
});
