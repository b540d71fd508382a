// What the HTTP side needs of the rest of the program.
import type { Kysely } from 'kysely';
import type pg from 'pg';
import type { Accounts } from '../accounts/accounts.ts';
import type { Environment } from '../config/env.ts';
import type { Config } from '../config/load.ts';
import type { DeliveryList } from '../domain/delivery.ts';
import type { ObjectHint } from '../domain/object-hint.ts';
import type { AccessKeys, Imaging, Log, Store } from '../domain/ports.ts';
import type { Message, Provenance } from '../intake/message.ts';
import type { Receive } from '../intake/receive.ts';
import type { Received } from '../intake/receive-messages.ts';
import type { Fetch } from '../intake/verify/bounded-fetch.ts';
import type { DatabaseAddress } from '../ledger/database.ts';
import type { Ledger } from '../ledger/schema.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface HttpServices {
  db: Kysely<Ledger>;
  pool: pg.Pool;
  /** For the one connection that listens. */
  address: DatabaseAddress;
  config: Config;
  environment: Environment;
  store: Store;
  imaging: Imaging;
  accounts: Accounts;
  /** Of the built-in store; undefined with a foreign one. */
  accessKeys: AccessKeys | undefined;
  metrics: Metrics;
  log: Log;
  /** Where a browser that reaches us under this `Host` reaches the store. */
  s3Endpoint(requestHost: string): string;
  /** Records hints and enqueues their work, in one transaction. */
  hint(hints: ObjectHint[]): Promise<void>;
  /** Records messages of stores and timers, and enqueues their work. */
  receiveMessages(messages: Message[], from: Provenance): Promise<Received>;
  /** Notes a message that was refused, and why. `cron` where only a timer could be meant. */
  rejectMessage(from: Provenance, reason: string, kind?: 'rejected' | 'cron'): Promise<void>;
  /** Asks others: for certificates and keys by which senders of events sign. */
  fetch: Fetch;
  /** The same within a transaction; `wake` once it is committed. */
  receive: Receive;
  /** There may be work. */
  wake(): void;
  /** Begins a run of the pipeline, or answers with the one under way. */
  startRun(pipeline: string, trigger: string): Promise<{ id: number }>;
  /** @throws Fault `not_found` where no such run is under way */
  cancelRun(id: number): Promise<void>;
  /** Events that out-hooks have not taken yet. */
  deliveries: DeliveryList;
  /** Jobs waiting and under way. */
  depth(): Promise<{ waiting: number; active: number }>;
  /** Folder of the built page; it may be missing. */
  webFolder: string;
  version: string;
}
