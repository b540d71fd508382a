// How a place of a file stands, in plain words.
import type { FileOutput, FileSource } from '../../api/types.ts';
import type { Tone } from '../../parts/mark.tsx';

interface Standing {
  word: string;
  tone: Tone;
  /** More than the word says. */
  why?: string;
}

/** Whether the store has it: what should be there and is not is bad, what need not be there is merely said. */
export function presence({ present, missing }: FileSource | FileOutput): Standing {
  if (present) return { word: 'Present', tone: 'good' };
  return { word: 'Not found', tone: missing ? 'bad' : 'soft' };
}

/** Where store and ledger differ, in which way; undefined where they agree. */
export function driftOf(place: FileSource | FileOutput): string | undefined {
  if (!place.drift) return undefined;
  const { present, recorded } = place;
  if (!present) return 'the ledger has it';
  if (recorded === null) return 'the ledger does not have it';
  if ('state' in recorded && recorded.state === 'gone') return 'the ledger says it was deleted';
  if ('state' in recorded && recorded.state === 'delivered') return 'the ledger says it was delivered and deleted';
  return 'the ledger has another version';
}

/** What else is known of a place where nothing is, or of one that nobody asked for. */
export function noteOf(place: FileSource | FileOutput): string | undefined {
  const { present, recorded } = place;
  if (recorded && 'state' in recorded) {
    if (!present && !place.drift && recorded.state === 'delivered') return 'delivered, then deleted';
    if (!present && !place.drift && recorded.state === 'gone') return 'deleted';
    if (recorded.state === 'pending') return 'waits to be looked at';
    return recorded.state === 'failed' ? 'not everything could be made of it' : undefined;
  }
  if ('declared' in place && !place.declared) return 'no longer declared';
  return 'declared' in place && place.missing && recorded === null ? 'not made' : undefined;
}
