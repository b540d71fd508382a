// Calls from pages of other origins: what a browser is told of who may, by Pixmill's own page and by the rules of the bucket.
import type { IncomingHttpHeaders } from 'node:http';
import { CORS_METHODS, type CorsRequest, type CorsRule, findCorsRule } from './cors-rule.ts';
import { S3Error } from './s3-error.ts';

/** Decides per request whether a page is Pixmill's own, which may do everything. @param host the request's Host */
export type AllowOrigin = (origin: string, host: string) => boolean;

/**
 * On every answer, also where no page asked: a browser that keeps it, say of a picture it showed, must not hand it to a page
 * that asks with its origin and needs the headers below.
 */
export const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** What our own page may read. */
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
];
/** Seconds that a browser may remember what our own page may do. */
const OWN_MAX_AGE = 600;

/** Who asks: the request's headers, its method, and whether it is our own page. */
export interface Caller {
  method: string;
  headers: IncomingHttpHeaders;
  ownPage: boolean;
}

/** Headers of the answer to a page's request; none where it may not call, and so cannot read the answer. */
export function corsHeaders(caller: Caller, rules: readonly CorsRule[]): Record<string, string> {
  const { origin } = caller.headers;
  if (origin === undefined) return {};
  // Where the browser says what it asks for, that decides, as in S3.
  const method = caller.headers['access-control-request-method'] ?? caller.method;
  return allowed(caller, { origin, method, headers: requestedHeaders(caller.headers) }, rules) ?? {};
}

/**
 * Headers of the answer to a preflight, which browsers send unsigned. Throws what S3 answers: `BadRequest` for what is no
 * preflight, `AccessForbidden` for what is not allowed. A bucket that is not there is as one without rules.
 */
export function preflightHeaders(caller: Caller, rules: readonly CorsRule[], key: string): Record<string, string> {
  const { origin, 'access-control-request-method': method } = caller.headers;
  if (!origin) throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  if (rules.length === 0 && !caller.ownPage) {
    throw forbidden('CORS is not enabled for this bucket.', method ?? 'OPTIONS', 'BUCKET');
  }
  if (method === undefined || !CORS_METHODS.includes(method)) {
    throw new S3Error('BadRequest', `Invalid Access-Control-Request-Method: ${method ?? 'null'}`);
  }
  const headers = allowed(caller, { origin, method, headers: requestedHeaders(caller.headers) }, rules);
  if (headers) return headers;
  const reason =
    "This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
  throw forbidden(reason, method, key === '' ? 'BUCKET' : 'OBJECT');
}

function forbidden(reason: string, method: string, type: 'BUCKET' | 'OBJECT'): S3Error {
  return new S3Error('AccessForbidden', `CORSResponse: ${reason}`, { details: { Method: method, ResourceType: type } });
}

function requestedHeaders(headers: IncomingHttpHeaders): string[] {
  const names = headers['access-control-request-headers']?.toLowerCase().split(',') ?? [];
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** What the page is told; undefined where neither it is our own nor a rule allows it. */
function allowed({ ownPage }: Caller, request: CorsRequest, rules: readonly CorsRule[]): Record<string, string> | undefined {
  const rule = findCorsRule(rules, request);
  if (!rule && !ownPage) return undefined;
  // A rule for everybody lets nobody in with cookies and the like.
  const everybody = rule?.origins.includes('*');
  const exposed = [...new Set([...(ownPage ? EXPOSED : []), ...(rule?.exposed ?? [])])];
  const maxAge = ownPage ? OWN_MAX_AGE : rule?.maxAge;
  return {
    'access-control-allow-origin': everybody && !ownPage ? '*' : request.origin,
    ...(rule && !everybody && { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': (ownPage || !rule ? CORS_METHODS : rule.methods).join(', '),
    ...(request.headers.length > 0 && { 'access-control-allow-headers': request.headers.join(', ') }),
    ...(exposed.length > 0 && { 'access-control-expose-headers': exposed.join(', ') }),
    ...(maxAge !== undefined && { 'access-control-max-age': String(maxAge) }),
  };
}
