// Whether what lies in the store is what the ledger says of it.
import type { OriginalState } from './plan.ts';

export interface Standing {
  /** It should be there and is not. */
  missing: boolean;
  /** Store and ledger differ. */
  drift: boolean;
}

/** What was found at a place; undefined where nothing is. */
type Found = { etag: string } | undefined;

/** Of an original. One that is pending was heard of and not looked at since: of that the ledger claims nothing. */
export function standingOfSource(found: Found, recorded: { state: OriginalState; etag: string | null } | undefined): Standing {
  if (!recorded || recorded.state === 'gone' || recorded.state === 'delivered')
    return { missing: false, drift: found !== undefined };
  const drift = recorded.state !== 'pending' && found?.etag !== recorded.etag;
  return { missing: found === undefined, drift };
}

/** Of an output. @param wanted a pipeline declares it, and its source is there */
export function standingOfOutput(found: Found, recorded: { etag: string } | undefined, wanted: boolean): Standing {
  return { missing: found === undefined && (wanted || recorded !== undefined), drift: found?.etag !== recorded?.etag };
}
