// Calls from pages of other origins: which origins may, and the headers that tell the browser so.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Decides per request whether pages of an origin may call. @param host the request's Host */
export type AllowOrigin = (origin: string, host: string) => boolean;

const EXPOSED = [
  ...['ETag', 'Content-Length', 'Content-Range', 'Last-Modified', 'Accept-Ranges', 'Location'],
  ...['x-amz-request-id', 'x-amz-version-id', 'x-amz-mp-parts-count', 'x-amz-checksum-type'],
  ...[
    'x-amz-checksum-crc32',
    'x-amz-checksum-crc32c',
    'x-amz-checksum-crc64nvme',
    'x-amz-checksum-sha1',
    'x-amz-checksum-sha256',
  ],
].join(', ');

/** Headers of the answer to a request from a page; none for an origin that may not call, or where there is none. */
export function corsHeaders(request: IncomingMessage, allow: AllowOrigin): Record<string, string> {
  const { origin, host } = request.headers;
  if (origin === undefined) return {};
  if (!allow(origin, host ?? '')) return { vary: 'Origin' };
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'Origin' };
}

/** Seconds that a browser may remember the answer. */
const MAX_AGE = '600';

/**
 * Answers a preflight, which browsers send unsigned. @returns false where the origin, or the method, is not allowed
 */
export function answerPreflight(request: IncomingMessage, response: ServerResponse, always: Record<string, string>): boolean {
  const method = request.headers['access-control-request-method'];
  if (always['access-control-allow-origin'] === undefined || !method || !/^(GET|HEAD|PUT|POST|DELETE)$/.test(method))
    return false;
  const asked = request.headers['access-control-request-headers'];
  response.writeHead(200, {
    ...always,
    'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
    ...(asked !== undefined && { 'access-control-allow-headers': asked }),
    'access-control-max-age': MAX_AGE,
    'content-length': 0,
  });
  response.end();
  return true;
}
