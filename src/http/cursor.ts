// Cursors of lists: opaque to clients, checked when they come back.
import { Fault } from '../domain/fault.ts';

/** Packs whole numbers that say where a page ended. */
export function packCursor(...numbers: number[]): string {
  return Buffer.from(numbers.join('.')).toString('base64url');
}

/**
 * @param count how many numbers there must be
 * @throws Fault `invalid` for anything that was not packed here
 */
export function unpackCursor(cursor: string, count: number): number[] {
  const numbers = Buffer.from(cursor, 'base64url').toString('latin1').split('.').map(Number);
  if (numbers.length !== count || !numbers.every(Number.isSafeInteger)) {
    throw new Fault('invalid', 'this cursor was not handed out here', { mend: 'begin without a cursor, and follow "next"' });
  }
  return numbers;
}

/** The one number of a list that is ordered by id. */
export function unpackId(cursor: string | undefined): number | undefined {
  return cursor === undefined ? undefined : unpackCursor(cursor, 1)[0];
}

export function packId(id: number | undefined): string | null {
  return id === undefined ? null : packCursor(id);
}
