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

/**
 * Gives the memory of bytes back at once, after which nobody may use them. Left to the collector, bodies would have it look
 * through the whole heap several times a second. Bytes that share their memory with others are left alone.
 */
export function release({ buffer, length }: Buffer): void {
  if (buffer.byteLength === length && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
