// Figures over the whole ledger.
import { type Kysely, sql } from 'kysely';
import type { FailureClass } from '../domain/fault.ts';
import type { Ledger } from './schema.ts';

export interface LedgerStats {
  renditions: number;
  failures: Partial<Record<FailureClass, number>>;
  /** Of the originals and of the renditions on the ledger. */
  bytes: { in: number; out: number };
  /** Renditions recorded. */
  rate: { lastMinute: number; lastHour: number };
  /** Milliseconds from hint to record, over the last hour; undefined where nothing was made. */
  latency: { p50: number; p95: number; p99: number } | undefined;
}

interface Row {
  renditions: number;
  bytes_in: number;
  bytes_out: number;
  last_minute: number;
  last_hour: number;
  latency: [number, number, number] | null;
  failures: Partial<Record<FailureClass, number>> | null;
}

/** Reads each table once; with a million originals that is a matter of a second, so callers share an answer. */
export async function readStats(db: Kysely<Ledger>): Promise<LedgerStats> {
  const { rows } = await sql<Row>`
    SELECT
      made.renditions, made.bytes_out, recent.last_minute, recent.last_hour, recent.latency,
      -- A sum of bigint is numeric, which would arrive as text.
      (SELECT coalesce(sum(size), 0)::bigint FROM original WHERE state <> 'gone') AS bytes_in,
      (SELECT jsonb_object_agg(class, count) FROM (SELECT class, count(*) AS count FROM failure GROUP BY class) f) AS failures
    FROM
      (SELECT count(*) AS renditions, coalesce(sum(size), 0)::bigint AS bytes_out FROM rendition) made,
      (SELECT count(*) FILTER (WHERE made_at > now() - interval '1 minute') AS last_minute, count(*) AS last_hour,
        percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY total_ms) AS latency
        FROM rendition WHERE made_at > now() - interval '1 hour') recent`.execute(db);
  const row = rows[0] as Row;
  return {
    renditions: row.renditions,
    failures: row.failures ?? {},
    bytes: { in: row.bytes_in, out: row.bytes_out },
    rate: { lastMinute: row.last_minute, lastHour: row.last_hour },
    latency: row.latency ? { p50: row.latency[0], p95: row.latency[1], p99: row.latency[2] } : undefined,
  };
}
