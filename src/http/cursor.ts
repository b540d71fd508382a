// Cursors of lists: opaque to clients, checked when they come back.
import { Fault } from '../domain/fault.ts';
import { objectName, parseObjectName } from '../domain/object-hint.ts';

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
    throw notOurs();
  }
  return numbers;
}

/** Packs the name of the object that a page ended with. */
export function packPlace({ bucket, key }: { bucket: string; key: string }): string {
  return Buffer.from(objectName(bucket, key)).toString('base64url');
}

/** @throws Fault `invalid` for anything that names no object */
export function unpackPlace(cursor: string): { bucket: string; key: string } {
  const place = parseObjectName(Buffer.from(cursor, 'base64url').toString());
  if (!place || place.key.includes('\0') || place.bucket.includes('\0')) throw notOurs();
  return place;
}

function notOurs(): Fault {
  return new Fault('invalid', 'this cursor was not handed out here', { mend: 'begin without a cursor, and follow "next"' });
}

/** The one number of a list that is ordered by id. */
export function unpackId(cursor: string | undefined): number | undefined {
  return cursor === undefined ? undefined : unpackCursor(cursor, 1)[0];
}

export function packId(id: number | undefined): string | null {
  return id === undefined ? null : packCursor(id);
}
