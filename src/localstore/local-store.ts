// The built-in S3 endpoint: put together, listened on, drained and closed.
import type { Kysely, Transaction } from 'kysely';
import { Fault } from '../domain/fault.ts';
import type { AccessKeys, Log } from '../domain/ports.ts';
import { openAccessKeys } from './access-keys.ts';
import { isBucketName } from './address.ts';
import type { StoreChange } from './batch.ts';
import { openBlobs } from './blobs.ts';
import { type Borrowed, borrow } from './borrow.ts';
import { openBucketCors } from './bucket-cors.ts';
import type { Services } from './call.ts';
import { openConnections } from './connections.ts';
import type { AllowOrigin } from './cors.ts';
import { openGarbage } from './garbage.ts';
import { handle } from './handle.ts';
import { openIndex } from './index-reads.ts';
import { type Credentials, openKeys } from './keys.ts';
import { openLane } from './lane.ts';
import { addBucket } from './operations/bucket.ts';
import { MINIMUM_PACE, type PaceRule } from './pace.ts';
import { watchUploads } from './stale-uploads.ts';
import type { StoreTables } from './tables.ts';

export interface LocalStoreOptions {
  db: Kysely<StoreTables>;
  /** Where the bytes go; made where it is missing. One process at a time. */
  folder: string;
  /** The one region that this store is in: requests signed for another are told so. */
  region: string;
  log: Log;
  /** Called inside the transaction that makes the changes visible, so that "stored" and "queued" are one. */
  // biome-ignore lint/suspicious/noExplicitAny: the owner's tables are not known here
  onChanges(tx: Transaction<any>, changes: StoreChange[]): Promise<void>;
  /** Called after the commit, e.g. to wake a worker. */
  afterCommit(): void;
  /** Pages that are our own, which may call besides those that a bucket's rules allow. */
  allowOrigin: AllowOrigin;
  /** Milliseconds that a file without a row is left alone; a quarter of an hour unless said otherwise. */
  orphanGrace?: number;
  /** Milliseconds without a new part after which a multipart upload is aborted; seven days unless said otherwise. */
  uploadAge?: number;
  /** How fast clients must be; a kilobyte a second unless said otherwise. */
  minimumPace?: PaceRule;
}

export interface LocalStore {
  /** Listens; port 0 takes any. @returns the port */
  listen(host: string, port: number): Promise<{ port: number }>;
  /** Lets requests under way finish, for at most `graceMs`, then closes everything. The database stays the caller's. */
  close(graceMs?: number): Promise<void>;
  /** The access key that may do everything, made at the first start. */
  ensureKey(): Promise<Credentials>;
  accessKeys: AccessKeys;
  /** An object's file, for a reader on this machine. Undefined where there is no such object. */
  borrow(bucket: string, key: string, ifMatch?: string): Promise<Borrowed | undefined>;
  /** Creates the bucket where it is missing. */
  createBucket(name: string): Promise<void>;
}

const ORPHAN_GRACE = 15 * 60 * 1000;
const UPLOAD_AGE = 7 * 24 * 60 * 60 * 1000;
const CLOSE_GRACE = 10_000;

/** Opens the store over a folder and a database whose schema is there already. */
export async function openLocalStore(options: LocalStoreOptions): Promise<LocalStore> {
  const { db, log, folder } = options;
  const blobs = await openBlobs(folder).catch((error: unknown) => {
    throw new Fault('unavailable', `the folder of the store, ${folder}, cannot be used`, {
      cause: error,
      mend: 'see that it exists, belongs to the user that Pixmill runs as, and is on a disk with room',
    });
  });
  const garbage = openGarbage(folder, blobs, db, log, options.orphanGrace ?? ORPHAN_GRACE);
  const index = openIndex(db);
  const lane = openLane({ db, blobs, garbage, onChanges: options.onChanges, afterCommit: options.afterCommit });
  const keys = openKeys(db, log);
  const accessKeys = openAccessKeys(db, keys);
  const cors = openBucketCors(db);
  const services: Services = { db, keys, blobs, garbage, index, lane, cors, region: options.region, log };
  const uploads = watchUploads(db, lane, log, options.uploadAge ?? UPLOAD_AGE);
  const connections = openConnections(
    (request, response, expectsContinue) => handle(services, options.allowOrigin, request, response, expectsContinue),
    options.minimumPace ?? MINIMUM_PACE,
  );
  const collecting = garbage.collect().catch((error: unknown) => {
    log.warn({ err: error }, 'orphaned files of the store cannot be collected');
  });

  return {
    listen: connections.listen,

    async close(graceMs = CLOSE_GRACE) {
      await connections.close(graceMs);
      await collecting;
      await uploads.close();
      await lane.idle();
      await keys.close();
      await garbage.close();
      await blobs.close();
    },

    ensureKey: () => accessKeys.ensureFirst(),
    accessKeys,
    borrow: (bucket, key, ifMatch) => borrow(services, bucket, key, ifMatch),
    async createBucket(name) {
      if (!isBucketName(name)) {
        throw new Fault('invalid', `"${name}" cannot be the name of a bucket`, {
          mend: 'use 3 to 63 lower-case letters, digits, dots, hyphens and underscores, with a letter or digit at both ends',
        });
      }
      await addBucket(services, name);
    },
  };
}
