// Originals with everything that is known of them: pages, single ones, counts.
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { FailureClass } from '../domain/fault.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { OriginalState } from '../domain/plan.ts';
import type { Ledger } from './schema.ts';

export interface KnownRendition {
  id: number;
  pipeline: string;
  name: string;
  bucket: string;
  key: string;
  etag: string;
  sha256: string;
  size: number;
  format: string;
  width: number | null;
  height: number | null;
  decodeMs: number;
  renderMs: number;
  totalMs: number;
  engine: string;
  fingerprint: string;
  /** As PostgreSQL writes it in JSON: ISO 8601 with an offset. */
  madeAt: string;
}

export interface KnownFailure {
  id: number;
  pipeline: string;
  rendition: string;
  class: FailureClass;
  reason: string;
  mend: string | null;
  attempts: number;
  failedAt: string;
}

/** An original with its renditions and failures. */
export interface KnownOriginal {
  id: number;
  bucket: string;
  key: string;
  etag: string | null;
  size: number | null;
  format: string | null;
  width: number | null;
  height: number | null;
  sha256: string | null;
  state: OriginalState;
  modifiedAt: Date;
  renditions: KnownRendition[];
  failures: KnownFailure[];
}

/** A place in the order of originals, newest first. `us` is microseconds since 1970: a Date would lose three digits. */
export interface OriginalPlace {
  us: number;
  id: number;
}

export interface OriginalFilter {
  /** Only the sources of this pipeline. */
  pipeline?: Pipeline | undefined;
  /** Those that are gone are left out unless they are asked for here. */
  state?: OriginalState | undefined;
  bucket?: string | undefined;
  key?: string | undefined;
  /** Part of the key, whatever its case. */
  q?: string | undefined;
}

/** Newest first. @returns at most `limit` originals, and the place behind them where more follow */
export async function listOriginals(
  db: Kysely<Ledger>,
  filter: OriginalFilter,
  limit: number,
  after?: OriginalPlace,
): Promise<{ rows: KnownOriginal[]; next: OriginalPlace | undefined }> {
  const conditions = [
    filter.state === undefined ? sql`o.state <> 'gone'` : sql`o.state = ${filter.state}`,
    ...(filter.bucket === undefined ? [] : [sql`o.bucket = ${filter.bucket}`]),
    ...(filter.key === undefined ? [] : [sql`o.key = ${filter.key}`]),
    ...(filter.q === undefined ? [] : [sql`o.key ILIKE ${`%${escapeLike(filter.q)}%`}`]),
    ...(filter.pipeline === undefined ? [] : [inSource(filter.pipeline)]),
    ...(after === undefined
      ? []
      : [
          sql`(o.modified_at, o.id) < (timestamptz 'epoch' + ${after.us}::bigint * interval '1 microsecond', ${after.id}::bigint)`,
        ]),
  ];
  const rows = await read(
    db,
    sql`WHERE ${sql.join(conditions, sql` AND `)} ORDER BY o.modified_at DESC, o.id DESC LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const next = rows.length > limit && last ? { us: last.us, id: last.id } : undefined;
  return { rows: page.map(withoutPlace), next };
}

/** Those of the ids that there are, in no particular order. */
export async function readOriginals(db: Kysely<Ledger>, ids: number[]): Promise<KnownOriginal[]> {
  return ids.length === 0 ? [] : (await read(db, sql`WHERE o.id = ANY (${ids})`)).map(withoutPlace);
}

export async function readOriginal(db: Kysely<Ledger>, id: number): Promise<KnownOriginal | undefined> {
  return (await readOriginals(db, [id]))[0];
}

export async function findOriginal(db: Kysely<Ledger>, bucket: string, key: string): Promise<KnownOriginal | undefined> {
  const [row] = await read(db, sql`WHERE o.bucket = ${bucket} AND o.key = ${key}`);
  return row && withoutPlace(row);
}

/** The largest character of UTF-8, as often as it fits into a key of 1,024 bytes: no key with a prefix sorts behind both. */
const BEHIND = '\u{10ffff}'.repeat(256);

export interface KnownName {
  key: string;
  /** True for an original that is gone, and of which nothing has stayed. */
  over: boolean;
}

/** Names of originals in the order of keys. */
export async function listNames(
  db: Kysely<Ledger>,
  bucket: string,
  prefix: string,
  after: string,
  limit: number,
): Promise<KnownName[]> {
  const { rows } = await sql<KnownName>`
    SELECT o.key, o.state = 'gone' AND NOT EXISTS (SELECT FROM rendition r WHERE r.original_id = o.id) AS "over"
    FROM original o
    WHERE o.bucket = ${bucket} AND o.key > ${after} AND o.key >= ${prefix} AND o.key <= ${`${prefix}${BEHIND}`}
    ORDER BY o.key LIMIT ${limit}`.execute(db);
  return rows;
}

/** Those of these names that there are, in no particular order. */
export async function findOriginals(db: Kysely<Ledger>, names: { bucket: string; key: string }[]): Promise<KnownOriginal[]> {
  if (names.length === 0) return [];
  return (await read(db, sql`WHERE (o.bucket, o.key) IN (SELECT * FROM ${namesAsRows(names)})`)).map(withoutPlace);
}

/** Which of these names are those of recorded renditions. */
export async function findOutputs(
  db: Kysely<Ledger>,
  names: { bucket: string; key: string }[],
): Promise<{ bucket: string; key: string }[]> {
  if (names.length === 0) return [];
  const { rows } = await sql<{ bucket: string; key: string }>`
    SELECT bucket, key FROM rendition WHERE (bucket, key) IN (SELECT * FROM ${namesAsRows(names)})`.execute(db);
  return rows;
}

function namesAsRows(names: { bucket: string; key: string }[]): RawBuilder<unknown> {
  return sql`unnest(${names.map(({ bucket }) => bucket)}::text[], ${names.map(({ key }) => key)}::text[])`;
}

/** Where a rendition lies, and as what. */
export async function readRendition(
  db: Kysely<Ledger>,
  id: number,
): Promise<{ bucket: string; key: string; etag: string; size: number; format: string } | undefined> {
  return db.selectFrom('rendition').where('id', '=', id).select(['bucket', 'key', 'etag', 'size', 'format']).executeTakeFirst();
}

/** How many originals are in each state: in all, or in the source of one pipeline. */
export async function countOriginals(db: Kysely<Ledger>, pipeline?: Pipeline): Promise<Record<OriginalState, number>> {
  const { rows } = await sql<{ state: OriginalState; count: number }>`
    SELECT o.state, count(*) AS count FROM original o ${pipeline ? sql`WHERE ${inSource(pipeline)}` : sql``}
    GROUP BY o.state`.execute(db);
  const counts = { pending: 0, done: 0, failed: 0, delivered: 0, gone: 0 };
  for (const { state, count } of rows) counts[state] = count;
  return counts;
}

/**
 * The condition that `matches` of the domain states, for PostgreSQL. The expressions that globs compile to are within
 * what both dialects of regular expressions understand alike, and a property test holds the two together. They part where
 * JavaScript's `?` counts an emoji as two: such keys are at worst listed under a pipeline that does not take them.
 */
function inSource({ source }: Pipeline): RawBuilder<boolean> {
  const { bucket, prefix, match, exclude } = source;
  const conditions = [
    sql`o.bucket = ${bucket}`,
    sql`starts_with(o.key, ${prefix})`,
    sql`right(o.key, 1) <> '/'`,
    ...(match ? [sql`o.key ~ ${match.source}`] : []),
    ...(exclude ? [sql`o.key !~ ${exclude.source}`] : []),
  ];
  return sql`(${sql.join(conditions, sql` AND `)})`;
}

function escapeLike(words: string): string {
  return words.replace(/[\\%_]/g, '\\$&');
}

interface Row extends Omit<KnownOriginal, 'renditions' | 'failures'> {
  us: number;
  renditions: KnownRendition[] | null;
  failures: KnownFailure[] | null;
}

async function read(db: Kysely<Ledger>, rest: RawBuilder<unknown>): Promise<(KnownOriginal & { us: number })[]> {
  const { rows } = await sql<Row>`
    SELECT o.id, o.bucket, o.key, o.etag, o.size, o.format, o.width, o.height, o.sha256, o.state,
      o.modified_at AS "modifiedAt", (extract(epoch FROM o.modified_at) * 1000000)::bigint AS us,
      (SELECT jsonb_agg(jsonb_build_object(
          'id', r.id, 'pipeline', r.pipeline, 'name', r.name, 'bucket', r.bucket, 'key', r.key, 'etag', r.etag,
          'sha256', r.sha256, 'size', r.size, 'format', r.format, 'width', r.width, 'height', r.height,
          'decodeMs', r.decode_ms, 'renderMs', r.render_ms, 'totalMs', r.total_ms, 'engine', r.engine,
          'fingerprint', r.fingerprint, 'madeAt', r.made_at) ORDER BY r.pipeline, r.name)
        FROM rendition r WHERE r.original_id = o.id) AS renditions,
      (SELECT jsonb_agg(jsonb_build_object(
          'id', f.id, 'pipeline', f.pipeline, 'rendition', f.rendition, 'class', f.class, 'reason', f.reason,
          'mend', f.mend, 'attempts', f.attempts, 'failedAt', f.failed_at) ORDER BY f.pipeline, f.rendition)
        FROM failure f WHERE f.original_id = o.id) AS failures
    FROM original o ${rest}`.execute(db);
  return rows.map((row) => ({ ...row, renditions: row.renditions ?? [], failures: row.failures ?? [] }));
}

function withoutPlace({ us: _, ...original }: KnownOriginal & { us: number }): KnownOriginal {
  return original;
}
