// What history keeps of a message as it was received.

/** Bytes of UTF-8. */
const KEPT = 64 * 1024;

/** The beginning of the message, in whole characters, without what PostgreSQL cannot hold: NUL, and half characters. */
export function keptPayload(payload: string): string {
  const { read } = new TextEncoder().encodeInto(payload, new Uint8Array(Math.min(KEPT, payload.length * 3)));
  return payload.slice(0, read).toWellFormed().replaceAll('\0', '\ufffd');
}
