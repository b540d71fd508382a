// The CORS rules of buckets, held in memory because every request from a page needs them.
import type { Kysely } from 'kysely';
import { isBucketName } from './address.ts';
import type { CorsRule } from './cors-rule.ts';
import type { StoreTables } from './tables.ts';

export interface BucketCors {
  /** Empty where there are none, or no such bucket. What other processes change is seen within 5 seconds. */
  find(bucket: string): Promise<CorsRule[]>;
  /** Call it when the rules have changed, or the bucket has gone. */
  forget(bucket: string): void;
}

/** Milliseconds that rules are believed. */
const FRESH = 5_000;
/** Buckets whose rules are held, each up to 64 KB of XML. */
const HELD = 256;

/** @param fresh milliseconds that rules are believed */
export function openBucketCors(db: Kysely<StoreTables>, fresh = FRESH): BucketCors {
  const held = new Map<string, { rules: Promise<CorsRule[]>; at: number }>();
  let asked = new Map<string, PromiseWithResolvers<CorsRule[]>>();
  let loading = false;

  /** One query at a time, for all that was asked meanwhile: strangers may ask for any name. */
  async function load(): Promise<void> {
    loading = true;
    while (asked.size > 0) {
      const batch = asked;
      asked = new Map();
      try {
        const rows = await db
          .selectFrom('store_bucket')
          .select(['name', 'cors'])
          .where('name', 'in', [...batch.keys()])
          .execute();
        const found = new Map(rows.map(({ name, cors }) => [name, cors]));
        for (const [bucket, { resolve }] of batch) resolve(found.get(bucket) ?? []);
      } catch (error) {
        for (const [bucket, { promise, reject }] of batch) {
          if (held.get(bucket)?.rules === promise) held.delete(bucket);
          reject(error);
        }
      }
    }
    loading = false;
  }

  return {
    async find(bucket) {
      if (!isBucketName(bucket)) return [];
      const now = performance.now();
      const last = held.get(bucket);
      if (last && now - last.at < fresh) return last.rules;
      const waiting = asked.get(bucket) ?? Promise.withResolvers<CorsRule[]>();
      asked.set(bucket, waiting);
      // The newest go to the end, and the oldest go.
      held.delete(bucket);
      held.set(bucket, { rules: waiting.promise, at: now });
      if (held.size > HELD) held.delete(held.keys().next().value ?? '');
      if (!loading) void load();
      return waiting.promise;
    },

    forget(bucket) {
      held.delete(bucket);
    },
  };
}
