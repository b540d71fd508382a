// What the server says when it refuses or fails, as an error.
import type { components } from './schema.ts';

export type Problem = components['schemas']['Problem'];

/** A problem document, thrown. The message is its `detail`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** What kind of fault it is, for programs: `not_found`, `invalid` … */
  readonly code: string;
  /** What to do about it. */
  readonly mend: string | undefined;
  /** Each field of the request that was wrong. */
  readonly faults: { field: string; message: string }[];

  /** @param said the body of the answer, which is no problem document where something between us and the server spoke */
  constructor(status: number, said: unknown) {
    const problem: Partial<Problem> = typeof said === 'object' && said !== null ? said : {};
    super(problem.detail ?? `the server answered ${status}`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.mend = problem.mend;
    this.faults = problem.faults ?? [];
  }
}
