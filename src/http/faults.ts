// Faults on their way out: the one place that knows which fault is which status, and what may be said of it.
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { Fault, type FaultCode } from '../domain/fault.ts';
import type { Log } from '../domain/ports.ts';
import type { Problem } from './shapes/problem.ts';

const STATUS: Record<FaultCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  not_found: 404,
  conflict: 409,
  changed: 409,
  collision: 409,
  too_large: 413,
  unsupported: 415,
  corrupt: 422,
  internal: 500,
  store_unavailable: 503,
  unavailable: 503,
  timeout: 504,
};

/** Codes that the framework's own refusals are given, by status. */
const FRAMEWORK_CODE: Record<number, string> = {
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'timeout',
  413: 'too_large',
  414: 'too_large',
  415: 'unsupported',
  416: 'range_not_satisfiable',
  429: 'too_many_requests',
};

/** Seconds after which a passing fault may have passed. */
const RETRY_AFTER = 2;

const DATABASE_AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  // PostgreSQL: shut down by an administrator, after a crash, starting up; too many connections.
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);
const DATABASE_AWAY_SAYS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Sends whatever was thrown as a problem document. Causes go to the log. */
export function sendFault(log: Log, thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = describe(thrown, request);
  if (problem.status >= 500) {
    const where = { request: request.id, method: request.method, route: request.routeOptions.url, code: problem.code };
    log[problem.status === 500 ? 'error' : 'warn']({ ...where, err: thrown }, 'request failed');
  }
  sendProblem(reply, problem);
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="pixmill"');
  if (problem.status === 503) reply.header('retry-after', RETRY_AFTER);
  reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    // Text is sent as it is: the schemas of routes say nothing of problems.
    .send(JSON.stringify(problem));
}

function describe(thrown: unknown, request: FastifyRequest): Problem {
  if (hasZodFastifySchemaValidationErrors(thrown)) return invalid(thrown);
  if (thrown instanceof Fault && thrown.code !== 'internal') {
    return problemOf(STATUS[thrown.code], thrown.code, thrown.message, thrown.mend);
  }
  const { statusCode = 500, message } = thrown as Partial<FastifyError>;
  if (statusCode >= 400 && statusCode < 500) {
    return problemOf(
      statusCode,
      FRAMEWORK_CODE[statusCode] ?? 'invalid',
      message || 'the request cannot be understood',
      undefined,
    );
  }
  if (isDatabaseAway(thrown as { code?: string; syscall?: string; message?: string })) {
    return problemOf(503, 'unavailable', 'the database does not answer', 'try again in a moment');
  }
  return {
    ...problemOf(500, 'internal', 'something failed inside Pixmill', 'look for this request in the log; it holds the cause'),
    request: request.id,
  };
}

function isDatabaseAway({ code = '', syscall, message = '' }: { code?: string; syscall?: string; message?: string }): boolean {
  // Without its socket file, that is; any other file that is missing is another matter.
  if (code === 'ENOENT') return syscall === 'connect';
  return DATABASE_AWAY.has(code) || code.startsWith('08') || DATABASE_AWAY_SAYS.test(message);
}

export function problemOf(status: number, code: string, detail: string, mend: string | undefined): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: `urn:pixmill:${code}`, title, status, code, detail, ...(mend !== undefined && { mend }) };
}

function invalid(error: { validation: { instancePath: string; message?: string }[]; validationContext?: string }): Problem {
  const where = error.validationContext === 'querystring' ? 'query' : (error.validationContext ?? 'request');
  const faults = error.validation.map(({ instancePath, message = 'is wrong' }) => ({
    field: [where, ...instancePath.split('/').filter(Boolean)].join('.'),
    message,
  }));
  const detail = faults.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return { ...problemOf(400, 'invalid', detail, 'correct these fields; /api/docs describes them'), faults };
}
