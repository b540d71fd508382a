// Sending the bytes of an object: small ones in one read, large ones through two buffers in turn, whatever their size.
import fs from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { ObjectRow } from './batch.ts';
import { open, readFully } from './files.ts';
import { reserve } from './memory.ts';
import type { ByteRange } from './range.ts';

/** Bytes that are read, and sent, at once; the smaller one where memory is short. */
const CHUNK = 512 * 1024;
const SMALL_CHUNK = 32 * 1024;

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
  /** The next bytes, at most 512 KiB; valid until the call after the next one. Undefined at the end. */
  next(): Promise<Buffer | undefined>;
  close(): void;
}

/** Opens the first blob, so that a missing file shows before an answer has begun. The caller holds the blobs. */
export async function openBytes(segments: readonly Segment[], pathOf: (blob: string) => string): Promise<OpenBytes> {
  const [first] = segments;
  let fd = first ? await open(pathOf(first.blob), 'r') : undefined;
  const release = reserve(2 * CHUNK);
  const size = release ? CHUNK : SMALL_CHUNK;
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  let turn: 0 | 1 = 0;
  let at = 0;
  let done = 0;

  function shut(): void {
    if (fd !== undefined) fs.closeSync(fd);
    fd = undefined;
  }

  return {
    async next() {
      const segment = segments[at];
      if (!segment) return undefined;
      fd ??= await open(pathOf(segment.blob), 'r');
      const buffer = buffers[turn].subarray(0, Math.min(size, segment.length - done));
      turn = turn === 0 ? 1 : 0;
      await readExactly(fd, buffer, segment.start + done, segment.blob);
      done += buffer.length;
      if (done === segment.length) {
        shut();
        at++;
        done = 0;
      }
      return buffer;
    },
    close() {
      shut();
      release?.();
    },
  };
}

/** All bytes of a segment at once. */
export async function readWhole({ blob, start, length }: Segment, pathOf: (blob: string) => string): Promise<Buffer> {
  // Outside Node's shared pool, which a small slice would hold on to.
  const buffer = Buffer.allocUnsafeSlow(length);
  const fd = await open(pathOf(blob), 'r');
  try {
    await readExactly(fd, buffer, start, blob);
  } finally {
    fs.closeSync(fd);
  }
  return buffer;
}

async function readExactly(fd: number, buffer: Buffer, position: number, blob: string): Promise<void> {
  const count = await readFully(fd, buffer, position);
  if (count < buffer.length) throw new Error(`blob ${blob} is shorter than its row says`);
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
