// The one fault type of Pixmill and the few codes it comes in.

/**
 * What kind of thing went wrong. The first group says the caller must change something, the second says
 * the picture cannot be rendered, the third says that trying again later may help.
 */
export type FaultCode =
  | 'invalid'
  | 'unauthenticated'
  | 'denied'
  | 'not_found'
  | 'conflict'
  | 'changed'
  | 'unsupported'
  | 'corrupt'
  | 'too_large'
  | 'collision'
  | 'timeout'
  | 'store_unavailable'
  | 'unavailable'
  | 'internal';

/** The codes under which a reconcile may be recorded as a failure. */
export const FAILURE_CLASSES = [
  'unsupported',
  'too_large',
  'corrupt',
  'timeout',
  'store_unavailable',
  'denied',
  'collision',
  'internal',
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** A failure of these classes may pass by itself, so the queue tries it again before it becomes a dead letter. */
const TRANSIENT: ReadonlySet<FaultCode> = new Set(['timeout', 'store_unavailable', 'unavailable', 'changed', 'internal']);

/** An error with a culprit in its message, a mend for whoever reads it, and a cause that is only ever logged. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly mend: string | undefined;

  /**
   * @param code what kind of fault it is
   * @param message names the culprit: `recipe "thumb": width 0 is outside 1–8192`
   * @param options `mend` says what to do about it; `cause` is the inner error, logged and never sent out
   */
  constructor(code: FaultCode, message: string, options: { mend?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.mend = options.mend;
  }

  /** True where the same attempt may succeed later without anybody changing anything. */
  get transient(): boolean {
    return TRANSIENT.has(this.code);
  }
}

/** Wraps whatever was thrown, so that every boundary deals with one type. A fault passes through unchanged. */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault('internal', 'something failed inside Pixmill', {
    cause: thrown,
    mend: 'look at the log line with this time; it holds the cause',
  });
}

/** The class under which a fault is kept as a failure. */
export function failureClass(fault: Fault): FailureClass {
  if (fault.code === 'unavailable') return 'store_unavailable';
  return (FAILURE_CLASSES as readonly string[]).includes(fault.code) ? (fault.code as FailureClass) : 'internal';
}
