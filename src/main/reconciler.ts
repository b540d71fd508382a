// Reconcile on the ledger, for whoever works: under a job of the queue or without one.
import type { Kysely } from 'kysely';
import type { Config } from '../config/load.ts';
import type { ObjectJob, Outcome } from '../domain/outcome.ts';
import type { Imaging, Log, Store } from '../domain/ports.ts';
import { readFacts, readOwner } from '../ledger/facts.ts';
import { type Announce, openRecorder, type Settle } from '../ledger/record.ts';
import type { Ledger } from '../ledger/schema.ts';
import type { Reconciler } from '../reconcile/attempt.ts';

export interface ReconcilerServices {
  db: Kysely<Ledger>;
  store: Store;
  imaging: Imaging;
  config: Config;
  /** Tells others what was written, where somebody wants to be told. */
  announce?: Announce | undefined;
  log: Log;
}

/**
 * @param settle settles the jobs within the transaction that records their outcomes
 * @param recorded called with each outcome that counted
 */
export function openReconciler<Job extends ObjectJob>(
  { db, store, imaging, config, announce, log }: ReconcilerServices,
  settle: Settle<Job>,
  recorded: (job: Job, outcome: Outcome) => void,
): Reconciler {
  const record = openRecorder<Job>(db, settle, announce);
  return {
    pipelines: config.pipelines,
    store,
    imaging,
    ledger: {
      facts: (bucket, key) => readFacts(db, bucket, key),
      ownerOf: (bucket, key) => readOwner(db, bucket, key),
      async record(job, outcome) {
        const counted = await record(job as Job, outcome);
        if (counted) recorded(job as Job, outcome);
        return counted;
      },
    },
    maxBytes: config.limits.bytes,
    log,
  };
}
