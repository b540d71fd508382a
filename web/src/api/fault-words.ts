// What went wrong with a request, in words for people.
import { ProblemError } from '../../../sdk/problem.ts';

/** The server's HTTP status; 0 where nobody answered. */
export function statusOf(error: unknown): number {
  return error instanceof ProblemError ? error.status : 0;
}

/** What was wrong, and what to do. */
export function inWords(error: unknown): string {
  if (!(error instanceof ProblemError)) return 'Pixmill did not answer. Try again in a moment.';
  const said = error.faults.length > 0 ? error.faults.map(({ field, message }) => `${field} ${message}`) : [error.message];
  return [...said, error.mend]
    .filter((part) => part !== undefined)
    .map(sentence)
    .join(' ');
}

/** The server's messages begin in lower case and end without a full stop; a page reads better with both. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const ended = /[.!?…:]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}
