// The answer to bytes that are no HTTP request, or too long a head: S3's error, written to the socket by hand, since there is
// neither request nor response.
import type { Duplex } from 'node:stream';
import { answerHeaders, HOST_ID, nextRequestId } from './request-id.ts';
import { S3Error } from './s3-error.ts';
import { plainDocument } from './xml.ts';

/** Refuses and closes; just closes where nobody listens any more. */
export function answerBadRequest(cause: NodeJS.ErrnoException, socket: Duplex): void {
  if (cause.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = refusal(cause.code);
  const id = nextRequestId();
  const body = plainDocument('Error', { Code: error.code, Message: error.message, RequestId: id, HostId: HOST_ID });
  const headers = {
    ...answerHeaders(id),
    date: new Date().toUTCString(),
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${error.status} Bad Request\r\n${lines.join('')}\r\n${body}`);
}

function refusal(code: string | undefined): S3Error {
  if (code === 'HPE_HEADER_OVERFLOW') return new S3Error('RequestHeaderSectionTooLarge');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new S3Error('RequestTimeout');
  return new S3Error('BadRequest');
}
