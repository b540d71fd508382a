// Figures for Prometheus.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Outcome } from '../domain/outcome.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface Metrics {
  /** A request was answered. `route` is its pattern, never its address: labels must stay few. */
  answered(method: string, route: string, status: number, seconds: number): void;
  /** An outcome was written to the ledger. */
  recorded(outcome: Outcome): void;
  /** A try to deliver an event to an out-hook has ended. */
  delivered(result: string): void;
  /** A reading in Prometheus's text format. */
  read(): Promise<{ contentType: string; text: string }>;
}

/** @param depth of the queue, asked at each reading */
export function openMetrics(depth: () => Promise<{ waiting: number; active: number }>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'pixmill_queue_jobs',
    help: 'Objects that wait to be looked at, and those being looked at.',
    labelNames: ['state'],
    registers,
    async collect() {
      try {
        const { waiting, active } = await depth();
        this.set({ state: 'waiting' }, waiting);
        this.set({ state: 'active' }, active);
      } catch {
        // With the database away there is no depth to tell, and the other figures are wanted all the more.
        this.reset();
      }
    },
  });
  const requests = new Histogram({
    name: 'pixmill_http_request_seconds',
    help: 'How long requests took.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const decoded = new Histogram({ name: 'pixmill_decode_seconds', help: 'Decodes of pictures.', buckets: SECONDS, registers });
  const rendered = new Histogram({
    name: 'pixmill_render_seconds',
    help: 'Renderings after the decode.',
    labelNames: ['pipeline', 'rendition'],
    buckets: SECONDS,
    registers,
  });
  const total = new Histogram({
    name: 'pixmill_total_seconds',
    help: 'From the first word of a picture to the record of its rendition.',
    labelNames: ['pipeline', 'rendition'],
    buckets: [...SECONDS, 60, 300, 1800],
    registers,
  });
  const bytes = new Counter({
    name: 'pixmill_bytes_total',
    help: 'Bytes of originals read and of renditions written.',
    labelNames: ['direction'],
    registers,
  });
  const failures = new Counter({
    name: 'pixmill_failures_total',
    help: 'Renditions that were given up.',
    labelNames: ['pipeline', 'rendition', 'class'],
    registers,
  });
  const actions = new Counter({
    name: 'pixmill_actions_total',
    help: 'What was done about objects.',
    labelNames: ['kind'],
    registers,
  });
  const deliveries = new Counter({
    name: 'pixmill_deliveries_total',
    help: 'Tries to deliver events to out-hooks, by how they ended: delivered, retried (to be tried again), failed (given up).',
    labelNames: ['result'],
    registers,
  });

  return {
    answered(method, route, status, seconds) {
      requests.observe({ method, route, status: String(status) }, seconds);
    },
    recorded({ made, failures: failed, actions: done, original }) {
      const [first] = made;
      if (first) {
        decoded.observe(first.decodeMs / 1000);
        bytes.inc({ direction: 'in' }, original?.size ?? 0);
      }
      for (const { pipeline, name, renderMs, totalMs, size } of made) {
        rendered.observe({ pipeline, rendition: name }, renderMs / 1000);
        total.observe({ pipeline, rendition: name }, totalMs / 1000);
        bytes.inc({ direction: 'out' }, size);
      }
      for (const { pipeline, rendition, class: kind } of failed) failures.inc({ pipeline, rendition, class: kind });
      for (const { kind } of done) actions.inc({ kind });
    },
    delivered(result) {
      deliveries.inc({ result });
    },
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
