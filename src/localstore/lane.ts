// Group commit: all writes to the index go through one lane. While a transaction is under way the next writes gather, and go
// together in the one after it, so that a hundred clients share one wait for the disk.
import type { Kysely, Transaction } from 'kysely';
import { applyBatch, blobsOf, type Outcome, type PartWrite, type StoreChange, type Write } from './batch.ts';
import type { Blobs } from './blobs.ts';
import type { Garbage } from './garbage.ts';
import { S3Error } from './s3-error.ts';
import type { StoreTables } from './tables.ts';

/** Writes in one transaction. */
const MAX_BATCH = 64;

export interface Lane {
  /**
   * Makes a write visible, and durable, together with whatever the owner does with its change. Takes over the write's blobs:
   * they are settled, or removed where the write fails. Throws its S3 error.
   */
  write(write: Write): Promise<{ existed: boolean; at: Date }>;
  /** Runs a transaction of its own between the others. @returns what it returns; the blobs in `dropped` are then removed */
  alone<T>(run: (tx: Transaction<StoreTables>) => Promise<{ result: T; dropped: string[] }>): Promise<T>;
  /** Resolves when everything handed in is done. */
  idle(): Promise<void>;
}

export interface LaneOptions {
  db: Kysely<StoreTables>;
  blobs: Blobs;
  garbage: Garbage;
  // biome-ignore lint/suspicious/noExplicitAny: the owner's tables are not known here
  onChanges(tx: Transaction<any>, changes: StoreChange[]): Promise<void>;
  afterCommit(): void;
}

interface Waiting {
  write: Write;
  locks: string[];
  resolve(outcome: { existed: boolean; at: Date }): void;
  reject(error: unknown): void;
}

type Job = Waiting | { alone: () => Promise<void> };

export function openLane(options: LaneOptions): Lane {
  const { db, blobs, garbage } = options;
  let queue: Job[] = [];
  let running: Promise<void> | undefined;

  function start(): void {
    running ??= run();
  }

  async function run(): Promise<void> {
    try {
      while (queue.length > 0) {
        const first = queue[0];
        if (first && 'alone' in first) {
          queue.shift();
          await first.alone();
        } else {
          await commit(takeBatch());
        }
      }
    } finally {
      // In one step with the last look at the queue: what is handed in a moment later starts a run of its own.
      running = undefined;
    }
  }

  /** The next writes up to one that runs alone; of several to one object only the first. */
  function takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const later: Job[] = [];
    const taken = new Set<string>();
    let at = 0;
    for (; at < queue.length && batch.length < MAX_BATCH; at++) {
      const job = queue[at] as Job;
      if ('alone' in job) break;
      if (job.locks.some((lock) => taken.has(lock))) later.push(job);
      else batch.push(job);
      for (const lock of job.locks) taken.add(lock);
    }
    queue = [...later, ...queue.slice(at)];
    return batch;
  }

  async function commit(batch: Waiting[]): Promise<void> {
    let applied: Awaited<ReturnType<typeof applyBatch>>;
    try {
      applied = await db.transaction().execute(async (tx) => {
        const done = await applyBatch(
          tx,
          batch.map((waiting) => waiting.write),
          new Date(),
        );
        if (done.changes.length > 0) await options.onChanges(tx, done.changes);
        return done;
      });
    } catch (error) {
      // One write that the database refuses must not take its neighbours with it.
      if (batch.length > 1 && refused(error)) for (const waiting of batch) await commit([waiting]);
      else for (const waiting of batch) fail(waiting, error);
      return;
    }
    garbage.condemn(applied.dropped);
    for (const [at, waiting] of batch.entries()) answer(waiting, applied.outcomes[at] as Outcome);
    if (applied.changes.length > 0) options.afterCommit();
  }

  function answer(waiting: Waiting, outcome: Outcome): void {
    if (!(outcome instanceof S3Error)) {
      blobs.settle(newBlobs(waiting.write));
      waiting.resolve(outcome);
      return;
    }
    void blobs.discard(newBlobs(waiting.write));
    waiting.reject(outcome);
  }

  /** Whether the commit went through is not known after a broken connection, so the files stay until that is. */
  function fail(waiting: Waiting, error: unknown): void {
    if (refused(error)) void blobs.discard(newBlobs(waiting.write));
    else garbage.suspect(newBlobs(waiting.write));
    waiting.reject(error);
  }

  return {
    write(write) {
      return new Promise((resolve, reject) => {
        queue.push({ write, locks: locksOf(write), resolve, reject });
        start();
      });
    },

    alone(run) {
      return new Promise((resolve, reject) => {
        const alone = async () => {
          try {
            const { result, dropped } = await db.transaction().execute(run);
            garbage.condemn(dropped);
            resolve(result);
          } catch (error) {
            reject(error);
          }
        };
        queue.push({ alone });
        start();
      });
    },

    async idle() {
      while (running) await running;
    },
  };
}

/** Blobs that this write brings; the pieces of a finished upload were settled as its parts. */
function newBlobs(write: Write): string[] {
  if (write.kind === 'delete') return [];
  if (write.kind === 'part') return partBlob(write);
  return write.upload ? [] : blobsOf(write.row);
}

function partBlob(write: PartWrite): string[] {
  return write.row.blob === null ? [] : [write.row.blob];
}

function locksOf(write: Write): string[] {
  if (write.kind === 'part') return [`upload ${write.upload}`];
  const object = `object ${write.bucket}/${write.key}`;
  return write.kind === 'put' && write.upload ? [object, `upload ${write.upload}`] : [object];
}

/** True where the database said no, so that nothing was committed; not where the connection broke. */
function refused(error: unknown): boolean {
  if (error instanceof S3Error) return true;
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(E|08|57|XX)/.test(code);
}
