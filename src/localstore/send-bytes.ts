// Sending the bytes of an object: small ones in one read, large ones through two buffers in turn, whatever their size.
import type { ServerResponse } from 'node:http';
import type { ObjectRow } from './batch.ts';
import { close, open, readFully } from './files.ts';
import type { ByteRange } from './range.ts';

/** Bytes that are read, and sent, at once. */
const CHUNK = 1024 * 1024;

/** A run of bytes within one blob. */
export interface Segment {
  blob: string;
  start: number;
  length: number;
}

/** Where the bytes of a range lie. */
export function segmentsOf(row: Pick<ObjectRow, 'blob' | 'pieces' | 'size'>, range: ByteRange): Segment[] {
  if (row.blob !== null) return range.length === 0 ? [] : [{ blob: row.blob, ...range }];
  const segments: Segment[] = [];
  const end = range.start + range.length;
  let offset = 0;
  for (const [, blob, size] of row.pieces ?? []) {
    const from = Math.max(range.start, offset);
    const to = Math.min(end, offset + size);
    if (blob !== null && from < to) segments.push({ blob, start: from - offset, length: to - from });
    offset += size;
  }
  return segments;
}

/** Bytes that a caller reads one after the other; `close` when done. */
export interface OpenBytes {
  /** The next bytes, at most 1 MiB; valid until the call after the next one. Undefined at the end. */
  next(): Promise<Buffer | undefined>;
  close(): void;
}

/** Opens the first blob, so that a missing file shows before an answer has begun. The caller holds the blobs. */
export async function openBytes(segments: readonly Segment[], pathOf: (blob: string) => string): Promise<OpenBytes> {
  let at = 0;
  let done = 0;
  const [first] = segments;
  let fd = first ? await open(pathOf(first.blob), 'r') : undefined;
  let buffers: Buffer[] | undefined;
  let turn = 0;

  async function next(): Promise<Buffer | undefined> {
    const segment = segments[at];
    if (!segment) return undefined;
    if (fd === undefined) fd = await open(pathOf(segment.blob), 'r');
    const wanted = Math.min(CHUNK, segment.length - done);
    buffers ??= segment.length <= CHUNK && segments.length === 1 ? [] : [alloc(CHUNK), alloc(CHUNK)];
    const buffer = buffers[turn]?.subarray(0, wanted) ?? alloc(wanted);
    turn = 1 - turn;
    const count = await readFully(fd, buffer, segment.start + done);
    if (count < wanted) throw new Error(`blob ${segment.blob} is shorter than its row says`);
    done += wanted;
    if (done === segment.length) {
      shut();
      at++;
      done = 0;
    }
    return buffer;
  }

  function shut(): void {
    if (fd !== undefined) close(fd).catch(() => {});
    fd = undefined;
  }

  return { next, close: shut };
}

/** Outside Node's shared pool, which small lasting slices would hold on to. */
function alloc(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size);
}

/** Sends everything; the head is written already. Gives up quietly where the client does. */
export async function sendBytes(response: ServerResponse, bytes: OpenBytes): Promise<void> {
  let gone = false;
  let wake: (() => void) | undefined;
  const leave = () => {
    gone = true;
    wake?.();
  };
  response.once('close', leave);
  try {
    let flushed: Promise<void> = Promise.resolve();
    for (let buffer = await bytes.next(); buffer && !gone; ) {
      const last = buffer;
      // While this one is on its way the other buffer is filled.
      await flushed;
      if (gone) return;
      flushed = new Promise((resolve) => {
        wake = resolve;
        response.write(last, () => resolve());
      });
      buffer = await bytes.next();
    }
    if (!gone) response.end();
  } finally {
    response.off('close', leave);
  }
}
