// What of an error belongs into a log.

/** Causes of causes are told so deep. */
const DEPTH = 5;

export interface DescribedError {
  name: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: DescribedError | undefined;
}

export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error instanceof AggregateError && { message: error.errors.map(String).join('; ') }),
    ...(error.cause !== undefined && depth < DEPTH && { cause: describeError(error.cause, depth + 1) }),
  };
}
