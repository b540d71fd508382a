// How much memory bodies may take at once, all requests together: beyond it they go through small buffers instead.

/** Bytes. */
const BUDGET = 128 * 1024 * 1024;

let reserved = 0;

/** Sets bytes aside. @returns gives them back; undefined where there is no room, and the body must be streamed */
export function reserve(bytes: number): (() => void) | undefined {
  if (reserved + bytes > BUDGET) return undefined;
  reserved += bytes;
  let held = true;
  return () => {
    if (held) reserved -= bytes;
    held = false;
  };
}
