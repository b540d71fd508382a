// A source too large to make: its listing is generated page by page, and the ledger that agrees with it is filled by SQL.
import type pg from 'pg';
import type { Pipeline } from '../src/domain/pipeline.ts';
import type { ListedObject, Store } from '../src/domain/ports.ts';
import type { Recipe } from '../src/domain/recipe.ts';

const PAGE = 1000;
const ENGINE = 'sharp 0.35.5 libvips 8.18.7';
const FINGERPRINT = 'f'.repeat(32);

export const largeSource = { engine: ENGINE, pipeline: pipeline() };

function pipeline(): Pipeline {
  return {
    name: 'large',
    source: { bucket: 'large', prefix: 'photos/', match: /\.jpg$/, exclude: undefined },
    renditions: [
      { name: 'small', recipe: {} as Recipe, fingerprint: FINGERPRINT, to: { bucket: 'out', key: '{key}.webp' } },
      { name: 'wide', recipe: {} as Recipe, fingerprint: FINGERPRINT, to: { bucket: 'out', key: 'wide/{key}.webp' } },
    ],
    original: 'keep',
    onSourceDelete: 'delete',
    sweep: undefined,
  };
}

/** A store of which only the listing can be asked. @param onPage before each page is given out */
export function listingOf(count: number, onPage: () => void = () => {}): Store {
  async function* list(_bucket: string, { after = '' }: { after?: string } = {}): AsyncIterable<ListedObject[]> {
    for (let at = after === '' ? 1 : Number(after.slice(7, 17)) + 1; at <= count; at += PAGE) {
      onPage();
      const length = Math.min(PAGE, count - at + 1);
      yield Array.from({ length }, (_, index) => ({
        key: keyOf(at + index),
        etag: etagOf(at + index),
        size: 2_000_000,
        modifiedAt: new Date(0),
      }));
    }
  }
  return { list } as Partial<Store> as Store;
}

function keyOf(number: number): string {
  return `photos/${String(number).padStart(10, '0')}.jpg`;
}

function etagOf(number: number): string {
  return String(number).padStart(32, 'e');
}

/** Writes down that all of it was rendered, and lets PostgreSQL look at what it has, as it does by itself within a minute. */
export async function fillLedger(pool: pg.Pool, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO original (bucket, key, etag, size, content_type, format, width, height, sha256, state)
     SELECT 'large', 'photos/' || lpad(n::text, 10, '0') || '.jpg', lpad(n::text, 32, 'e'), 2000000, 'image/jpeg', 'jpeg', 3000,
       2000, repeat('a', 64), 'done'
     FROM generate_series(1, $1::int) n`,
    [count],
  );
  await pool.query(
    `INSERT INTO rendition (original_id, pipeline, name, bucket, key, source_etag, source_sha256, fingerprint, engine, etag,
       sha256, size, format, width, height, decode_ms, render_ms, total_ms)
     SELECT o.id, 'large', r.name, 'out', r.folder || o.key || '.webp', o.etag, o.sha256, $1, $2, repeat('b', 32),
       repeat('c', 64), 10000, 'webp', 256, 170, 20, 5, 40
     FROM original o, (VALUES ('small', ''), ('wide', 'wide/')) r (name, folder) WHERE o.bucket = 'large'`,
    [FINGERPRINT, ENGINE],
  );
  await pool.query('ANALYZE original, rendition');
}
