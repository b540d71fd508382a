// The tables of the ledger as Kysely sees them. The built-in store declares its own beside its queries.
import type { ColumnType, Generated } from 'kysely';
import type { FailureClass } from '../domain/fault.ts';
import type { Door } from '../domain/object-hint.ts';
import type { OriginalState } from '../domain/plan.ts';

/** bigint columns come back as numbers: `database.ts` says why that is safe. */
type Id = Generated<number>;
type Timestamp = ColumnType<Date, Date | undefined, Date>;

export interface OriginalTable {
  id: Id;
  bucket: string;
  key: string;
  etag: string | null;
  size: number | null;
  content_type: string | null;
  format: string | null;
  width: number | null;
  height: number | null;
  sha256: string | null;
  state: OriginalState;
  modified_at: Timestamp;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface RenditionTable {
  id: Id;
  original_id: number;
  pipeline: string;
  name: string;
  bucket: string;
  key: string;
  source_etag: string;
  source_sha256: string;
  fingerprint: string;
  engine: string;
  etag: string;
  sha256: string;
  size: number;
  format: string;
  /** Null for a copy, which nobody has decoded. */
  width: number | null;
  height: number | null;
  decode_ms: number;
  render_ms: number;
  /** From the hint's arrival to the record. */
  total_ms: number;
  made_at: Timestamp;
}

export interface FailureTable {
  id: Id;
  original_id: number;
  pipeline: string;
  rendition: string;
  class: FailureClass;
  reason: string;
  mend: string | null;
  attempts: number;
  source_etag: string | null;
  fingerprint: string;
  engine: string;
  failed_at: Timestamp;
}

export interface EventTable {
  id: Id;
  /** Ties the rows of one message together. */
  message: string | null;
  door: Door;
  sender: string | null;
  format: string | null;
  sent_id: string | null;
  kind: string;
  bucket: string | null;
  key: string | null;
  etag: string | null;
  size: number | null;
  payload: string | null;
  pipeline: string | null;
  run: number | null;
  received_at: Timestamp;
  /** Null until something was done about it. */
  result: string | null;
  detail: string | null;
  done_at: Timestamp | null;
}

/** Counts of events that were forgotten. */
export interface EventTallyTable {
  door: Door;
  kind: string;
  outcome: 'open' | 'ok' | 'error';
  count: number;
  /** When the first of them came. */
  since: Timestamp;
}

export interface ActionTable {
  id: Id;
  bucket: string;
  key: string;
  kind: string;
  /** What was done, in a sentence for people. */
  detail: string;
  attempt: number;
  ms: number;
  at: Timestamp;
  /** The run that found the object, where one did. */
  run: number | null;
}

export interface RunTable {
  id: Id;
  pipeline: string;
  trigger: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  scanned: number;
  /** Objects that differ from what the ledger says. */
  changed: ColumnType<number, number | undefined, number>;
  /** Jobs that the run added, and how those ended. */
  queued: number;
  done: number;
  failed: number;
  /** True once the whole listing was read. */
  listed: boolean;
  /** The last key listed; a run that was cut off goes on behind it. */
  cursor: string | null;
  error: string | null;
  started_at: Timestamp;
  updated_at: Timestamp;
  finished_at: Timestamp | null;
}

export interface TokenTable {
  id: Id;
  kind: 'link' | 'session' | 'api' | 'hook';
  name: string;
  /** SHA-256 of the secret in hex; the secret itself is shown once and kept nowhere. */
  hash: string;
  created_at: Timestamp;
  expires_at: Timestamp | null;
  used_at: Timestamp | null;
}

export interface Ledger {
  original: OriginalTable;
  rendition: RenditionTable;
  failure: FailureTable;
  event: EventTable;
  event_tally: EventTallyTable;
  action: ActionTable;
  run: RunTable;
  token: TokenTable;
}
