// What the ledger knows of one object, in one statement.
import { type Kysely, sql } from 'kysely';
import type { FailureClass } from '../domain/fault.ts';
import type { OriginalState } from '../domain/plan.ts';
import type { ObjectFacts } from '../domain/ports.ts';
import type { Ledger } from './schema.ts';

interface Row {
  own_output: boolean;
  original: {
    state: OriginalState;
    etag: string | null;
    size: number | null;
    content_type: string | null;
    format: string | null;
    width: number | null;
    height: number | null;
    sha256: string | null;
    modified_at: string;
  } | null;
  renditions: ObjectFacts['renditions'] | null;
  heard: number | null;
  failures: (Omit<ObjectFacts['failures'][number], 'sourceEtag'> & { sourceEtag: string | null; class: FailureClass })[] | null;
}

/** Reads the original, its renditions and its failures, and how far its events were heard. */
export async function readFacts(db: Kysely<Ledger>, bucket: string, key: string): Promise<ObjectFacts> {
  const { rows } = await sql<Row>`
    WITH original AS MATERIALIZED (SELECT * FROM original WHERE bucket = ${bucket} AND key = ${key})
    SELECT
      (SELECT max(id) FROM event WHERE bucket = ${bucket} AND key = ${key} AND result IS NULL) AS heard,
      EXISTS (SELECT FROM rendition WHERE bucket = ${bucket} AND key = ${key}) AS own_output,
      (SELECT to_jsonb(original) FROM original) AS original,
      (SELECT jsonb_agg(jsonb_build_object(
          'id', r.id, 'pipeline', r.pipeline, 'name', r.name, 'bucket', r.bucket, 'key', r.key, 'sourceEtag', r.source_etag,
          'fingerprint', r.fingerprint, 'engine', r.engine, 'etag', r.etag, 'size', r.size))
        FROM rendition r JOIN original ON original.id = r.original_id) AS renditions,
      (SELECT jsonb_agg(jsonb_build_object(
          'pipeline', f.pipeline, 'rendition', f.rendition, 'class', f.class, 'sourceEtag', f.source_etag,
          'fingerprint', f.fingerprint, 'engine', f.engine))
        FROM failure f JOIN original ON original.id = f.original_id) AS failures`.execute(db);
  const row = rows[0];
  const original = row?.original;
  return {
    ownOutput: row?.own_output ?? false,
    heard: row?.heard ?? undefined,
    original: original
      ? {
          state: original.state,
          etag: original.etag ?? undefined,
          size: original.size ?? undefined,
          contentType: original.content_type ?? undefined,
          format: original.format ?? undefined,
          width: original.width ?? undefined,
          height: original.height ?? undefined,
          sha256: original.sha256 ?? undefined,
          modifiedAt: new Date(original.modified_at),
        }
      : undefined,
    renditions: row?.renditions ?? [],
    failures: (row?.failures ?? []).map((failure) => ({ ...failure, sourceEtag: failure.sourceEtag ?? undefined })),
  };
}

/** The original whose rendition is recorded at this key. */
export async function readOwner(
  db: Kysely<Ledger>,
  bucket: string,
  key: string,
): Promise<{ bucket: string; key: string } | undefined> {
  return db
    .selectFrom('rendition')
    .innerJoin('original', 'original.id', 'rendition.original_id')
    .where('rendition.bucket', '=', bucket)
    .where('rendition.key', '=', key)
    .select(['original.bucket', 'original.key'])
    .executeTakeFirst();
}
