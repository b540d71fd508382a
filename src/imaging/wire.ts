// Messages between the server and its imaging processes: a JSON header and then bytes, over a pipe.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** A header, and the bytes that belong to it. How they divide is said in the header. */
export interface Message<Header> {
  header: Header;
  body: Buffer;
}

/** Each message begins with the lengths of its header and its body, as two unsigned 32-bit little-endian numbers. */
const PREFIX_BYTES = 8;

/** Largest header and body that a process may send to its server, in bytes. */
const MAX_HEADER = 10_000_000;
const MAX_BODY = 2_000_000_000;

/** Prefix and header of a message; its body is sent behind it in parts, so that nothing large is copied. */
export function opening(header: unknown, body: readonly Buffer[]): Buffer {
  const json = JSON.stringify(header);
  const bodyBytes = body.reduce((sum, part) => sum + part.length, 0);
  const headerBytes = Buffer.byteLength(json);
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + headerBytes);
  bytes.writeUInt32LE(headerBytes, 0);
  bytes.writeUInt32LE(bodyBytes, 4);
  bytes.write(json, PREFIX_BYTES);
  return bytes;
}

/** Puts messages together from the pieces in which a pipe delivers them. Throws at what no process of ours would send. */
export function messageReader<Header>(take: (message: Message<Header>) => void): (piece: Buffer) => void {
  let prefix = Buffer.alloc(0);
  let message: Buffer | undefined;
  let headerBytes = 0;
  let filled = 0;

  return (piece) => {
    let rest = piece;
    while (rest.length > 0) {
      if (!message) {
        const missing = PREFIX_BYTES - prefix.length;
        prefix = Buffer.concat([prefix, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (prefix.length < PREFIX_BYTES) return;
        headerBytes = prefix.readUInt32LE(0);
        const bodyBytes = prefix.readUInt32LE(4);
        if (headerBytes > MAX_HEADER || bodyBytes > MAX_BODY) throw new RangeError('a message is beyond all bounds');
        message = Buffer.allocUnsafe(headerBytes + bodyBytes);
        filled = 0;
      }
      const copied = rest.copy(message, filled);
      filled += copied;
      rest = rest.subarray(copied);
      if (filled < message.length) return;
      const whole = message;
      prefix = Buffer.alloc(0);
      message = undefined;
      take({ header: JSON.parse(whole.toString('utf8', 0, headerBytes)) as Header, body: whole.subarray(headerBytes) });
    }
  };
}

/**
 * Waits for one message on a descriptor, blocking the process. Undefined at its end.
 *
 * @param room gives a buffer of at least so many bytes for the body
 */
export function receiveSync<Header>(descriptor: number, room: (bytes: number) => Buffer): Message<Header> | undefined {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  if (!fill(descriptor, prefix)) return undefined;
  const header = Buffer.allocUnsafe(prefix.readUInt32LE(0));
  const bodyBytes = prefix.readUInt32LE(4);
  const body = room(bodyBytes).subarray(0, bodyBytes);
  if (!fill(descriptor, header) || !fill(descriptor, body)) return undefined;
  return { header: JSON.parse(header.toString('utf8')) as Header, body };
}

/** Sends one message on a descriptor, blocking the process until the other side has room for all of it. */
export function sendSync(descriptor: number, header: unknown, parts: readonly Buffer[]): void {
  for (const part of [opening(header, parts), ...parts]) {
    for (let sent = 0; sent < part.length; ) sent += writeSync(descriptor, part, sent);
  }
}

/** Fills the buffer from a file, blocking the process. */
export function readWhole(path: string, into: Buffer): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    if (!fill(descriptor, into)) throw new Error('the file is shorter than it was said to be');
    return into;
  } finally {
    closeSync(descriptor);
  }
}

function fill(descriptor: number, into: Buffer): boolean {
  for (let filled = 0; filled < into.length; ) {
    const read = readSync(descriptor, into, filled, into.length - filled, null);
    if (read === 0) return false;
    filled += read;
  }
  return true;
}
