// Answers connections on which no request could be made out: broken, too slow, or with headers without end.
import type { Socket } from 'node:net';
import { problemOf } from './faults.ts';

const REFUSALS: Record<string, [status: number, code: string, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout', 'the request did not arrive in time'],
  HPE_HEADER_OVERFLOW: [431, 'too_large', 'the headers of the request are too large'],
};

/** Says what was wrong where somebody still listens, and ends the connection. */
export function refuseBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, detail] = REFUSALS[error.code ?? ''] ?? [400, 'invalid', 'this is no request of HTTP'];
  const problem = problemOf(status, code, detail, undefined);
  const body = JSON.stringify(problem);
  const headers = ['content-type: application/problem+json', `content-length: ${Buffer.byteLength(body)}`, 'connection: close'];
  socket.end(`HTTP/1.1 ${status} ${problem.title}\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}
