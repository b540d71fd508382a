// Runs: pages of them, single ones, and the newest of each pipeline.
import type { Kysely } from 'kysely';
import type { Ledger, RunTable } from './schema.ts';

export interface KnownRun {
  id: number;
  pipeline: string;
  trigger: string;
  state: RunTable['state'];
  scanned: number;
  changed: number;
  queued: number;
  done: number;
  failed: number;
  listed: boolean;
  error: string | null;
  startedAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
}

/** Newest first. `before` is the id that ended the page before. */
export async function listRuns(
  db: Kysely<Ledger>,
  filter: { pipeline?: string | undefined },
  limit: number,
  before?: number,
): Promise<{ rows: KnownRun[]; next: number | undefined }> {
  let query = selectRuns(db)
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (filter.pipeline !== undefined) query = query.where('pipeline', '=', filter.pipeline);
  if (before !== undefined) query = query.where('id', '<', before);
  const rows = await query.execute();
  const page = rows.slice(0, limit);
  return { rows: page, next: rows.length > limit ? page.at(-1)?.id : undefined };
}

export async function readRun(db: Kysely<Ledger>, id: number): Promise<KnownRun | undefined> {
  return selectRuns(db).where('id', '=', id).executeTakeFirst();
}

/** Those of the ids that there are, in no particular order. */
export async function readRuns(db: Kysely<Ledger>, ids: number[]): Promise<KnownRun[]> {
  return ids.length === 0 ? [] : selectRuns(db).where('id', 'in', ids).execute();
}

/** The newest run of each pipeline that ever had one. */
export async function lastRuns(db: Kysely<Ledger>): Promise<Map<string, KnownRun>> {
  const rows = await selectRuns(db).distinctOn('pipeline').orderBy('pipeline').orderBy('id', 'desc').execute();
  return new Map(rows.map((run) => [run.pipeline, run]));
}

function selectRuns(db: Kysely<Ledger>) {
  return db
    .selectFrom('run')
    .select(['id', 'pipeline', 'trigger', 'state', 'scanned', 'changed', 'queued', 'done', 'failed', 'listed', 'error'])
    .select(['started_at as startedAt', 'updated_at as updatedAt', 'finished_at as finishedAt']);
}
