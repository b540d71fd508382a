// Taking the bytes of a request off its socket, no faster than they are used.
import type { IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';

/** Takes bytes; where it returns a promise, nothing more is read until that is settled. */
export type Take = (bytes: Buffer) => void | Promise<void>;

/** How to end each reading that is under way. */
const endings = new WeakMap<IncomingMessage, (error: unknown) => void>();

/** Makes `readRequest` reject. @returns false where that request is not being read */
export function endReading(request: IncomingMessage, error: unknown): boolean {
  const end = endings.get(request);
  end?.(error);
  return end !== undefined;
}

/**
 * Resolves when all bytes were taken; rejects with what `take` throws, or `IncompleteBody` where the client leaves. The socket
 * lives on after a refusal, which the client is still to be told.
 * @param signal ends the reading at once; its reason is what the promise rejects with
 */
export function readRequest(request: IncomingMessage, take: Take, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let busy = false;
    let ended = false;
    let stopped = false;
    const fail = (error: unknown) => stop(() => reject(error));
    const left = () => {
      if (!ended) fail(new S3Error('IncompleteBody'));
    };
    const abort = () => fail(signal?.reason);
    // A stream that is paused may end all the same, where it has nothing more.
    const end = () => {
      ended = true;
      if (!busy) stop(resolve);
    };
    const taken = () => {
      busy = false;
      if (ended) stop(resolve);
      else if (!stopped) request.resume();
    };
    const data = (bytes: Buffer) => {
      try {
        const taking = take(bytes);
        if (!taking) return;
        busy = true;
        request.pause();
        taking.then(taken, fail);
      } catch (error) {
        fail(error);
      }
    };
    function stop(settle: () => void): void {
      if (stopped) return;
      stopped = true;
      request.off('data', data).off('end', end).off('error', left).off('close', left);
      signal?.removeEventListener('abort', abort);
      request.pause();
      endings.delete(request);
      settle();
    }
    if (request.destroyed) {
      left();
      return;
    }
    endings.set(request, fail);
    request.on('data', data).on('end', end).on('error', left).on('close', left);
    signal?.addEventListener('abort', abort);
  });
}

/** Has several pieces taken one after the other. */
export function inTurn(pieces: readonly Buffer[], take: Take, from = 0): void | Promise<void> {
  for (let at = from; at < pieces.length; at++) {
    const busy = take(pieces[at] as Buffer);
    if (busy) return busy.then(() => inTurn(pieces, take, at + 1));
  }
}
