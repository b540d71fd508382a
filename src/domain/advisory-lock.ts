// The advisory locks that processes on one database take, together, since each must have a number of its own.

export const ADVISORY_LOCK = {
  /** Claiming jobs of objects and runs. */
  claim: 0x706978,
  /** Claiming deliveries; pictures do not wait for it. */
  deliver: 0x706979,
  /** Forgetting old history. */
  forget: 0x70697a,
} as const;
