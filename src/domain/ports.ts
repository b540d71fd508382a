// What the core asks of the world. Adapters implement these; `main` hands them over.
import type { FailureClass, FaultCode } from './fault.ts';
import type { ObjectJob, OriginalRecord, Outcome } from './outcome.ts';
import type { RecordedFailure, RecordedRendition } from './plan.ts';
import type { Format, Recipe } from './recipe.ts';

/** An object as a HEAD or GET of the store describes it. */
export interface ObjectHead {
  /** Without quotes. */
  etag: string;
  /** Bytes. */
  size: number;
  contentType: string | undefined;
  /** User metadata, names in lower case without `x-amz-meta-`. */
  metadata: Record<string, string>;
  modifiedAt: Date;
  /** What else S3 keeps with an object, where the store was asked itself. */
  headers?: ContentHeaders;
}

/** How an object wants to be served, as whoever stored it said. */
export interface ContentHeaders {
  cacheControl?: string | undefined;
  contentDisposition?: string | undefined;
  contentEncoding?: string | undefined;
  contentLanguage?: string | undefined;
  expires?: Date | undefined;
}

export interface ListedObject {
  key: string;
  etag: string;
  size: number;
  modifiedAt: Date;
}

/** Any S3. Faults: `not_found` (no such bucket or key), `denied`, `changed` (a condition failed), `store_unavailable`. */
export interface Store {
  /** Undefined where there is no such object. */
  head(bucket: string, key: string): Promise<ObjectHead | undefined>;
  /**
   * The whole object; without its body where it has more than `limit` bytes. A body that is a file must be released.
   * `ifMatch` makes it `changed` where the object is another version by now. Undefined where there is none.
   */
  get(bucket: string, key: string, options: { limit: number; ifMatch?: string }): Promise<StoredObject | undefined>;
  /** The object as a stream of bytes, for serving it; the head is known first. */
  stream(bucket: string, key: string, options?: { ifMatch?: string; range?: string }): Promise<ObjectStream | undefined>;
  put(bucket: string, key: string, body: Buffer, options: PutOptions): Promise<{ etag: string }>;
  /**
   * Copies exactly this version of an object, of at most 5 GiB, without its bytes coming here; what is kept with it is
   * given, not copied. Undefined where the source is not there.
   */
  copy(from: ObjectVersion, to: { bucket: string; key: string }, options: CopyOptions): Promise<CopiedObject | undefined>;
  /** Deleting what is not there is no fault. */
  delete(bucket: string, key: string, options?: { ifMatch?: string }): Promise<void>;
  /** Pages of at most 1,000 objects in key order; `after` continues behind that key. */
  list(bucket: string, options?: { prefix?: string; after?: string }): AsyncIterable<ListedObject[]>;
  /**
   * A URL under which anybody may PUT this one object, of this content type and of exactly `size` bytes, for `expiresIn`
   * seconds. `endpoint` is where they reach the store, where that is another address than ours.
   */
  presignPut(
    bucket: string,
    key: string,
    options: { contentType: string; size: number; expiresIn: number; endpoint?: string },
  ): Promise<string>;
  hasBucket(bucket: string): Promise<boolean>;
}

export interface StoredObject {
  head: ObjectHead;
  body: PictureBytes | undefined;
}

/** The bytes of a picture: in memory, or in a file of this machine. */
export type PictureBytes = Buffer | HeldFile;

/** A file that stays as it is until it is released. */
export interface HeldFile {
  path: string;
  /** Bytes. */
  size: number;
  release(): void;
}

export interface ObjectStream {
  head: ObjectHead;
  body: NodeJS.ReadableStream;
  /** Set where a range was asked for and given. */
  contentRange: string | undefined;
}

export interface PutOptions {
  contentType: string;
  metadata: Record<string, string>;
  /** SHA-256 of the body in hex; the store checks it where it can. */
  sha256: string;
  /** `absent` refuses to replace anything, an ETag refuses to replace anything else: fault `changed`. */
  onlyOver: 'absent' | { etag: string };
}

/** Names of buckets; `*` is every bucket. Neither right includes the other. */
export interface BucketRights {
  read: string[];
  write: string[];
}

/** An access key as it is shown: without its secret. */
export interface ListedAccessKey {
  id: string;
  name: string;
  rights: BucketRights | 'everything';
  createdAt: Date;
  /** To the minute. */
  lastUsedAt: Date | null;
}

/** The access keys of the built-in S3 endpoint. */
export interface AccessKeys {
  /** Newest first. */
  list(): Promise<ListedAccessKey[]>;
  /** @throws Fault `invalid` for rights that name no bucket, or what cannot be one; `conflict` where there are too many */
  create(name: string, rights: BucketRights): Promise<{ id: string; secret: string; rights: BucketRights }>;
  /**
   * Works with the next request to this process, and within 5 seconds in others.
   * @throws Fault `not_found`; `conflict` for Pixmill's own key
   */
  revoke(id: string): Promise<void>;
}

export interface ObjectVersion {
  bucket: string;
  key: string;
  etag: string;
}

export interface CopyOptions extends Pick<PutOptions, 'metadata' | 'onlyOver'> {
  contentType: string | undefined;
  headers: ContentHeaders | undefined;
}

export interface CopiedObject {
  etag: string;
  /** In hex, of the copy's bytes, where the store has computed it. */
  sha256: string | undefined;
}

/** One output wanted of a picture. */
export interface RenderTarget {
  /** Names it in the answer. */
  id: string;
  recipe: Recipe;
  /**
   * Recipes of all renditions that share this target's decode, as declared, wanted now or not: the bytes must not depend on
   * what happens to be missing today.
   */
  siblings: Recipe[];
}

export interface RenderedOutput {
  id: string;
  body: Buffer;
  format: Format;
  width: number;
  height: number;
  /** SHA-256 in hex. */
  sha256: string;
  /** Milliseconds spent on this output after the decode. */
  ms: number;
}

export interface RenderedPicture {
  source: {
    /** As the bytes say, never the name: `jpeg`, `png`, `heif` … */
    format: string;
    /** Upright, in pixels. */
    width: number;
    height: number;
    frames: number;
    /** SHA-256 in hex of the bytes that were decoded. */
    sha256: string;
  };
  outputs: RenderedOutput[];
  /** Targets that could not be made of this picture, though others could. Each target is in `outputs` or here. */
  faults: RenderFault[];
  /** Milliseconds of the shared decode. */
  decodeMs: number;
}

/** Why one target of a picture could not be made. */
export interface RenderFault {
  id: string;
  code: FaultCode;
  message: string;
  mend?: string;
}

/** Limits that a picture must keep. */
export interface ImageLimits {
  /** Bytes of the file. */
  bytes: number;
  /** Pixels of one frame. */
  pixels: number;
  frames: number;
  /** Pixels of all frames that are decoded. */
  framePixels: number;
  /** Wall time of one picture in milliseconds. */
  ms: number;
}

/** Faults: `unsupported`, `corrupt`, `too_large`, `timeout`, `internal`. */
export interface Imaging {
  /** Name and versions of what renders; part of each rendition's identity. */
  readonly engine: string;
  /** How many pictures may be rendered at once with profit. */
  readonly slots: number;
  /** The format that the first 16 bytes of a file speak of, nothing decoded; undefined where it is none that is known. */
  formatOf(start: Buffer): string | undefined;
  /** One decode, many outputs. A target that fails by itself (an output too large for its format, say) is in `faults`. */
  render(input: PictureBytes, targets: readonly RenderTarget[]): Promise<RenderedPicture>;
  stop(): Promise<void>;
}

/** A recorded reason why a target could not be made of this version. */
export interface FailureReason {
  class: FailureClass;
  reason: string;
}

/** A logger in pino's manner: one line per event, data first. */
export interface Log {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

/** The ledger as reconcile needs it. */
export interface ReconcileLedger {
  facts(bucket: string, key: string): Promise<ObjectFacts>;
  /** The original whose rendition lies at this key, if the ledger knows one. */
  ownerOf(bucket: string, key: string): Promise<{ bucket: string; key: string } | undefined>;
  /**
   * Writes an outcome and settles its job, both or neither.
   * @returns false where the job was given to another worker meanwhile: then nothing was written
   */
  record(job: ObjectJob, outcome: Outcome): Promise<boolean>;
}

/** What the ledger knows of one object. */
export interface ObjectFacts {
  /** True where the object is a recorded rendition. */
  ownOutput: boolean;
  original: OriginalRecord | undefined;
  renditions: RecordedRendition[];
  failures: RecordedFailure[];
  /** The newest event of this object about which nothing was done yet: what is found out from now on answers up to it. */
  heard?: number | undefined;
}
