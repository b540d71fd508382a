// Every name in the sources of pipelines, in the order of buckets and keys: what the store lists, and what the ledger knows of.
import type { Kysely } from 'kysely';
import { Fault } from '../../domain/fault.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { ListedObject, Store } from '../../domain/ports.ts';
import { type KnownName, listNames } from '../../ledger/originals.ts';
import type { Ledger } from '../../ledger/schema.ts';

export interface Place {
  bucket: string;
  key: string;
}

export interface NamedFile extends Place {
  /** As the store lists it; undefined where it does not, and only the ledger knows of it. */
  listed: ListedObject | undefined;
  /** True where the store does not list it, and the ledger knows that nothing of it is left. */
  over: boolean;
}

/** Names that the ledger is asked for in one go, as many as the store gives on a page. */
const NAMES = 1000;

/**
 * Goes through the sources of these pipelines, each object once. The two are read page by page, so that memory holds one of
 * each whatever their size, and a break in the loop ends the reading.
 * @param after goes on behind this one
 */
export async function* eachFile(
  { db, store }: { db: Kysely<Ledger>; store: Store },
  pipelines: Pipeline[],
  after: Place | undefined,
): AsyncGenerator<NamedFile, void, undefined> {
  for (const { bucket, prefix } of rangesOf(pipelines)) {
    const from = startIn({ bucket, prefix }, after);
    if (from === undefined) continue;
    const listed = listedIn(store, bucket, prefix, from);
    const known = knownIn(db, bucket, prefix, from);
    try {
      for await (const file of merge(listed, known)) yield { bucket, ...file };
    } finally {
      await Promise.all([listed.return(), known.return()]);
    }
  }
}

interface Range {
  bucket: string;
  prefix: string;
}

/** What the sources span: ranges of keys that do not overlap, in order. */
export function rangesOf(pipelines: Pipeline[]): Range[] {
  const ranges: Range[] = [];
  const sources = pipelines.map(({ source: { bucket, prefix } }) => ({ bucket, prefix }));
  for (const source of sources.sort((one, other) => compare(one.bucket, other.bucket) || compare(one.prefix, other.prefix))) {
    const last = ranges.at(-1);
    // A shorter prefix comes first, and spans all that begin with it.
    if (last?.bucket !== source.bucket || !source.prefix.startsWith(last.prefix)) ranges.push(source);
  }
  return ranges;
}

/** The key behind which a range is read; undefined where all of it lies before the place. */
function startIn({ bucket, prefix }: Range, after: Place | undefined): string | undefined {
  if (!after) return '';
  const order = compare(bucket, after.bucket);
  if (order !== 0) return order > 0 ? '' : undefined;
  if (after.key.startsWith(prefix)) return after.key;
  return compare(prefix, after.key) > 0 ? '' : undefined;
}

async function* listedIn(store: Store, bucket: string, prefix: string, after: string): AsyncGenerator<ListedObject, void> {
  try {
    // PostgreSQL's text holds no NUL, so an object with such a name can be nobody's original.
    for await (const page of store.list(bucket, { prefix, ...(after && { after }) })) {
      yield* page.filter(({ key }) => !key.includes('\0'));
    }
  } catch (error) {
    // Without its bucket nothing is there, and what the ledger knows of is missing.
    if (!(error instanceof Fault) || error.code !== 'not_found') throw error;
  }
}

async function* knownIn(db: Kysely<Ledger>, bucket: string, prefix: string, after: string): AsyncGenerator<KnownName, void> {
  for (let from: string | undefined = after; from !== undefined; ) {
    const names: KnownName[] = await listNames(db, bucket, prefix, from, NAMES);
    yield* names;
    from = names.length < NAMES ? undefined : names.at(-1)?.key;
  }
}

async function* merge(
  listed: AsyncIterator<ListedObject>,
  known: AsyncIterator<KnownName>,
): AsyncGenerator<Omit<NamedFile, 'bucket'>> {
  let [inStore, onLedger] = await Promise.all([listed.next(), known.next()]);
  while (!inStore.done || !onLedger.done) {
    const order = inStore.done ? 1 : onLedger.done ? -1 : compare(inStore.value.key, onLedger.value.key);
    if (order <= 0) yield { key: inStore.value.key, listed: inStore.value, over: false };
    else yield { key: onLedger.value.key, listed: undefined, over: onLedger.value.over };
    if (order <= 0) inStore = await listed.next();
    if (order >= 0) onLedger = await known.next();
  }
}

/** As S3 orders keys, and the ledger: by the bytes of UTF-8. */
export function compare(one: string, other: string): number {
  return one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));
}
