// A minimum pace: a client that sends its body, or takes its answer, so slowly that it might as well not is let go.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { endReading } from './read-request.ts';
import { S3Error } from './s3-error.ts';

/** So many bytes have to move within so many milliseconds, for as long as it is the client that we wait for. */
export interface PaceRule {
  bytes: number;
  milliseconds: number;
}

/** A kilobyte a second: whom we lose by that has no connection that would ever finish. */
export const MINIMUM_PACE: PaceRule = { bytes: 60 * 1024, milliseconds: 60_000 };

/** Looks within that time. */
const LOOKS = 12;

export interface Pace {
  /** Watches a request until its answer is through. */
  watch(request: IncomingMessage, response: ServerResponse): void;
  close(): void;
}

interface Watched {
  request: IncomingMessage;
  response: ServerResponse;
  /** Where it was when it last was fast enough, and when. */
  moved: number;
  since: number;
}

export function openPace(rule: PaceRule): Pace {
  const all = new Set<Watched>();

  function look(): void {
    const now = performance.now();
    for (const watched of all) {
      const moved = bytesMoved(watched.request.socket);
      const step = moved - watched.moved;
      // Less than before: bytes have only now come into the queue.
      if (step >= rule.bytes || step < 0 || !waitsForClient(watched)) {
        watched.moved = moved;
        watched.since = now;
      } else if (now - watched.since >= rule.milliseconds) letGo(watched);
    }
  }

  function letGo(watched: Watched): void {
    all.delete(watched);
    const told = endReading(watched.request, new S3Error('RequestTimeout'));
    // There is no telling somebody who does not take what was said before.
    if (!told) watched.request.socket.destroy();
  }

  const timer = setInterval(look, rule.milliseconds / LOOKS);
  timer.unref();
  return {
    watch(request, response) {
      const watched = { request, response, moved: bytesMoved(request.socket), since: performance.now() };
      all.add(watched);
      response.once('close', () => all.delete(watched));
    },
    close: () => clearInterval(timer),
  };
}

/** True where bytes of the body are wanted, or bytes of the answer are not taken; not where it is the disk that takes its time. */
function waitsForClient({ request, response }: Watched): boolean {
  return (request.readableFlowing === true && !request.complete) || response.writableLength > 0;
}

/** Bytes that have gone through the socket in either direction. Of one long write Node itself tells only that it is over. */
function bytesMoved(socket: Socket): number {
  const { _handle } = socket as { _handle?: { writeQueueSize?: number } | null };
  return socket.bytesRead + socket.bytesWritten - (_handle?.writeQueueSize ?? 0);
}
