// Reads a whole source and finds what the ledger does not agree with: lost events, changed recipes, vanished originals.
import { sql } from 'kysely';
import { matches, type Pipeline } from '../domain/pipeline.ts';
import type { ListedObject, Store } from '../domain/ports.ts';
import { makerOf } from '../domain/recipe.ts';
import type { AnyDatabase } from './receive.ts';

/** Vanished originals told of in one page at most: with those of the listing a page holds twice as many keys. */
const VANISHED = 1000;

/** The largest character of UTF-8, as often as it fits into a key of 1,024 bytes: no key with a prefix sorts behind both. */
const BEHIND = '\u{10ffff}'.repeat(256);

export interface SweepPage {
  scanned: number;
  /** Keys to look at. */
  differing: string[];
  /** A sweep that is cut off goes on behind this key. */
  cursor: string;
}

/**
 * Compares page by page: nothing is asked of the store but the listing, and memory holds one page, whatever the size of the
 * source and of the ledger.
 */
export async function* sweep(
  db: AnyDatabase,
  store: Store,
  pipeline: Pipeline,
  engine: string,
  after: string | undefined,
): AsyncIterable<SweepPage> {
  const { bucket, prefix } = pipeline.source;
  const compare = comparison(db, pipeline, engine);
  let from = after ?? '';
  for await (const listed of store.list(bucket, { prefix, ...(after && { after }) })) {
    const page = listed.filter(isText);
    const last = page.at(-1)?.key;
    if (last === undefined) continue;
    let { changed, vanished, more } = await compare(page, from, last);
    while (more !== undefined) {
      yield { scanned: 0, differing: vanished, cursor: from };
      ({ vanished, more } = await compare(page, more, last));
    }
    yield { scanned: listed.length, differing: [...changed, ...vanished], cursor: last };
    from = last;
  }
  // Behind the last key listed, whatever the ledger still believes in is gone.
  for (let next: string | undefined = from; next !== undefined; ) {
    const { vanished, more }: Found = await compare([], next, `${prefix}${BEHIND}`);
    yield { scanned: 0, differing: vanished, cursor: from };
    next = more;
  }
}

interface Found {
  /** Of what is listed. */
  changed: string[];
  /** Of what is not. */
  vanished: string[];
  /** Set where more may have vanished behind this key. */
  more: string | undefined;
}

/** PostgreSQL's text holds no NUL, so an object with such a name can be nobody's original. */
function isText({ key }: ListedObject): boolean {
  return !key.includes('\0');
}

/** Compares what is listed with keys in (from, to] with the ledger, in one statement. */
function comparison(db: AnyDatabase, pipeline: Pipeline, engine: string) {
  const { name, source, renditions, original } = pipeline;
  const { bucket, prefix } = source;
  const makers = renditions.map(({ recipe }) => makerOf(recipe, engine));
  return async (listed: ListedObject[], from: string, to: string): Promise<Found> => {
    const { rows } = await sql<{ key: string; vanished: boolean }>`
      WITH listed AS (
        SELECT key COLLATE "C" AS key, etag
        FROM unnest(${listed.map(({ key }) => key)}::text[], ${listed.map(({ etag }) => etag)}::text[]) AS l (key, etag)
      ), declared AS (
        SELECT * FROM unnest(${renditions.map((one) => one.name)}::text[], ${renditions.map((one) => one.fingerprint)}::text[],
          ${makers}::text[]) AS d (name, fingerprint, maker)
      )
      SELECT l.key, false AS vanished
      -- One by one through the index, whatever the planner thinks of a table that has grown since it looked last.
      FROM listed l LEFT JOIN LATERAL (SELECT * FROM original WHERE bucket = ${bucket} AND key = l.key LIMIT 1) o ON true
      WHERE o.id IS NULL OR o.state IN ('gone', 'delivered') OR o.etag IS DISTINCT FROM l.etag
        -- Its renditions may be there and the original still wait to be let go.
        OR (${original === 'delete'} AND o.state <> 'failed')
        OR EXISTS (
          SELECT FROM declared d
          WHERE NOT EXISTS (
              SELECT FROM rendition r
              WHERE r.original_id = o.id AND r.pipeline = ${name} AND r.name = d.name
                AND r.fingerprint = d.fingerprint AND r.engine = d.maker AND r.source_etag = l.etag)
            AND NOT EXISTS (
              SELECT FROM failure f
              WHERE f.original_id = o.id AND f.pipeline = ${name} AND f.rendition = d.name
                AND f.class IN ('unsupported', 'too_large', 'corrupt')
                AND f.fingerprint = d.fingerprint AND f.engine = d.maker AND f.source_etag = l.etag))
      UNION ALL (
        SELECT o.key, true FROM original o
        WHERE o.bucket = ${bucket} AND o.key > ${from} AND o.key >= ${prefix} AND o.key <= ${to} AND starts_with(o.key, ${prefix})
          -- NOT IN is looked up in a hash; NOT EXISTS would be a loop over the page for each original.
          AND o.state NOT IN ('gone', 'delivered') AND o.key NOT IN (SELECT key FROM listed)
        ORDER BY o.key LIMIT ${VANISHED}
      )`.execute(db);
    const taken = (vanished: boolean) =>
      rows.filter((row) => row.vanished === vanished && matches(pipeline, bucket, row.key)).map(({ key }) => key);
    const gone = rows.filter(({ vanished }) => vanished);
    const more = gone.length < VANISHED ? undefined : gone.at(-1)?.key;
    return { changed: taken(false), vanished: taken(true), more };
  };
}
