// What one reconcile did, as it is recorded: the ledger takes it, and the queue settles its job, in one transaction.
import type { FailureClass } from './fault.ts';
import type { OriginalState } from './plan.ts';

/** A claimed job, as far as the core knows it. */
export interface ObjectJob {
  bucket: string;
  key: string;
  /** When the hint came. */
  at: Date;
  /** From 1; how often this job was begun. */
  attempt: number;
  /** The run that found the object, where one did. */
  run?: number | undefined;
}

export interface OriginalRecord {
  state: OriginalState;
  etag: string | undefined;
  /** Bytes. */
  size: number | undefined;
  contentType: string | undefined;
  /** As its bytes say. */
  format: string | undefined;
  width: number | undefined;
  height: number | undefined;
  sha256: string | undefined;
  modifiedAt: Date | undefined;
}

/** Where something lies, and which version of it. */
export interface Place {
  bucket: string;
  key: string;
  etag: string;
}

export interface MadeRendition {
  pipeline: string;
  name: string;
  bucket: string;
  key: string;
  sourceEtag: string;
  sourceSha256: string;
  fingerprint: string;
  engine: string;
  etag: string;
  sha256: string;
  size: number;
  /** As its bytes say; `copy` for a copy of a file that is no picture that is known. */
  format: string;
  /** In pixels; undefined for a copy, which nobody has decoded. */
  width: number | undefined;
  height: number | undefined;
  /** What was recorded before under this name, perhaps at another key. */
  replaces: Place | undefined;
  /** Milliseconds: of the shared decode, of this output, and from the hint to the record. */
  decodeMs: number;
  renderMs: number;
  totalMs: number;
}

export interface NewFailure {
  pipeline: string;
  rendition: string;
  class: FailureClass;
  reason: string;
  mend: string | undefined;
  attempts: number;
  sourceEtag: string | undefined;
  fingerprint: string;
  engine: string;
  /** True where the same failure of the same version is on the ledger already. */
  known: boolean;
}

/** What `explain` tells, one line an action. */
export const ACTION_KINDS = [
  'rendered',
  'replaced',
  'unchanged',
  'ignored',
  'gone',
  'removed',
  'delivered',
  'failed',
  'retried',
] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

export interface NewAction {
  kind: ActionKind;
  detail: string;
  /** Milliseconds it took. */
  ms: number;
}

export interface Outcome {
  /** Undefined leaves the original's row as it is. */
  original: OriginalRecord | undefined;
  made: MadeRendition[];
  /** Ids of renditions that are no more. */
  removed: number[];
  failures: NewFailure[];
  /** True where failures were recorded before, which this outcome may end. */
  failedBefore: boolean;
  actions: NewAction[];
  /** Events of the object up to this one are answered by the outcome that completes the job. */
  heard: number | undefined;
  /** `done` completes the job; `retry` gives it back for later; `open` keeps it, because more follows. */
  job: 'done' | 'retry' | 'open';
}
