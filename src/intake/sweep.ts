// Reads a whole source and finds what the ledger does not agree with: lost events, changed recipes, vanished originals.
import { sql } from 'kysely';
import { matches, type Pipeline } from '../domain/pipeline.ts';
import type { ListedObject, Store } from '../domain/ports.ts';
import type { AnyDatabase } from './receive.ts';

/** What the sweep compares, of one original. */
interface Known {
  key: string;
  etag: string | null;
  state: string;
  /** `name fingerprint engine source_etag` of each rendition of the pipeline. */
  made: string[];
  /** As above, of those that failed for good. */
  given_up: string[];
}

export interface SweepPage {
  scanned: number;
  /** Keys to look at. */
  differing: string[];
  /** The page's last key: a sweep that is cut off goes on behind it. */
  cursor: string;
}

/** Compares page by page; nothing is asked of the store but the listing. */
export async function* sweep(
  db: AnyDatabase,
  store: Store,
  pipeline: Pipeline,
  engine: string,
  after: string | undefined,
): AsyncIterable<SweepPage> {
  const { bucket, prefix } = pipeline.source;
  let from = after ?? '';
  for await (const page of store.list(bucket, { prefix, ...(after && { after }) })) {
    const last = page.at(-1)?.key;
    if (last === undefined) break;
    const known = await readKnown(db, pipeline, from, last);
    yield { scanned: page.length, differing: compare(pipeline, engine, page, known), cursor: last };
    from = last;
  }
  // Behind the last key listed, whatever the ledger still believes in is gone.
  const rest = await readKnown(db, pipeline, from, undefined);
  yield { scanned: 0, differing: compare(pipeline, engine, [], rest), cursor: from };
}

function compare(pipeline: Pipeline, engine: string, page: ListedObject[], known: Map<string, Known>): string[] {
  const differing: string[] = [];
  for (const { key, etag } of page) {
    if (!matches(pipeline, pipeline.source.bucket, key)) continue;
    const original = known.get(key);
    known.delete(key);
    if (!original || !isSettled(pipeline, engine, etag, original)) differing.push(key);
  }
  for (const { key, state } of known.values()) {
    if (state !== 'gone' && state !== 'delivered') differing.push(key);
  }
  return differing;
}

function isSettled(pipeline: Pipeline, engine: string, etag: string, original: Known): boolean {
  if (original.state === 'gone' || original.state === 'delivered' || original.etag !== etag) return false;
  // Its renditions may be there and the original still wait to be let go.
  if (pipeline.original === 'delete' && original.state !== 'failed') return false;
  return pipeline.renditions.every(({ name, fingerprint }) => {
    const identity = `${name} ${fingerprint} ${engine} ${etag}`;
    return original.made.includes(identity) || original.given_up.includes(identity);
  });
}

/** Originals of the source with keys in (from, to]. */
async function readKnown(db: AnyDatabase, pipeline: Pipeline, from: string, to: string | undefined): Promise<Map<string, Known>> {
  const { bucket, prefix } = pipeline.source;
  const { rows } = await sql<Known>`
    SELECT o.key, o.etag, o.state,
      ARRAY (SELECT concat_ws(' ', r.name, r.fingerprint, r.engine, r.source_etag)
             FROM rendition r WHERE r.original_id = o.id AND r.pipeline = ${pipeline.name}) AS made,
      ARRAY (SELECT concat_ws(' ', f.rendition, f.fingerprint, f.engine, f.source_etag)
             FROM failure f WHERE f.original_id = o.id AND f.pipeline = ${pipeline.name}
               AND f.class IN ('unsupported', 'too_large', 'corrupt')) AS given_up
    FROM original o
    WHERE o.bucket = ${bucket} AND o.key > ${from} AND (${to ?? null}::text IS NULL OR o.key <= ${to ?? null}::text)
      AND starts_with(o.key, ${prefix})`.execute(db);
  return new Map(rows.map((row) => [row.key, row]));
}
