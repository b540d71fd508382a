// One request from its first byte to its log line: address, proof, operation, and S3's error where one of them fails.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Address, parseAddress } from './address.ts';
import { adoptHeaders } from './adopted-headers.ts';
import { checkExpectedOwner } from './attributes.ts';
import { authenticate, type Identity } from './authenticate.ts';
import { authorise } from './authorise.ts';
import type { Call, Services } from './call.ts';
import { type AllowOrigin, corsHeaders, preflightHeaders, VARY } from './cors.ts';
import { type Form, openForm } from './form.ts';
import { authenticateForm } from './form-signature.ts';
import { answerHeaders, HOST_ID, nextRequestId } from './request-id.ts';
import { isFormUpload, route } from './router.ts';
import { asS3Error, type S3Error } from './s3-error.ts';
import { plainDocument } from './xml.ts';

/** Bytes of a body that are taken and thrown away after a refusal, so that the client gets to read it. */
const DRAIN_BYTES = 16 * 1024 * 1024;
const DRAIN_MS = 10_000;
/** Up to so long a body is taken after a refusal, and the connection kept. */
const WORTH_TAKING = 1024 * 1024;

/** Answers one request. Never throws. @param expectsContinue the client waits for `100 Continue` before it sends the body */
export async function handle(
  services: Services,
  allowOrigin: AllowOrigin,
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): Promise<void> {
  const started = performance.now();
  const id = nextRequestId();
  const method = request.method ?? '';
  const { origin, host } = request.headers;
  const caller = { method, headers: request.headers, ownPage: origin !== undefined && allowOrigin(origin, host ?? '') };
  const always: Record<string, string> = { ...answerHeaders(id), vary: VARY, ...corsHeaders(caller, []) };
  let address: Address | undefined;
  let form: Form | undefined;
  let identity: Identity | undefined;
  let failure: S3Error | undefined;
  try {
    const headers = joinHeaders(request.rawHeaders);
    address = parseAddress(request.url ?? '/', headers.host ?? '');
    const rules = origin === undefined ? [] : await services.cors.find(address.bucket);
    if (method === 'OPTIONS') {
      response.writeHead(200, { ...always, ...preflightHeaders(caller, rules, address.key), 'content-length': 0 });
      response.end();
      return;
    }
    // Errors carry them, too, or the page could not read what went wrong.
    Object.assign(always, corsHeaders(caller, rules));
    const { bucket, key, query } = address;
    if (isFormUpload({ method, bucket, key, query })) {
      // The proof is in the body.
      form = await openForm(request, () => expectsContinue && response.writeContinue());
      identity = await authenticateForm(form.fields, services.keys, services.region, Date.now());
    } else identity = await authenticate({ method, address, headers }, services.keys, services.region, Date.now());
    services.keys.noteUse(identity.accessKey.accessKeyId);
    if (identity.presigned) adoptHeaders(headers, address.pairs);
    const call: Call = {
      services,
      request,
      response,
      id,
      method,
      address,
      bucket,
      key,
      query,
      headers,
      identity,
      form,
      expectsContinue: expectsContinue && !form,
      always,
    };
    const operation = route(call);
    authorise(call, operation);
    checkExpectedOwner(headers);
    await operation(call);
  } catch (thrown) {
    failure = asS3Error(thrown);
    // Nobody is left to be told.
    if (!response.destroyed) sendError(request, response, failure, { id, always, address });
  } finally {
    form?.leave();
    if (!request.complete && !request.destroyed && response.writableEnded) drain(request, response);
    const accessKey = identity?.accessKey.accessKeyId;
    const seen = { id, method, accessKey, address, status: response.statusCode, ms: performance.now() - started };
    logRequest(services, seen, failure, request);
  }
}

/** Headers by lower-case name. Node drops or joins doubles by rules of its own, and signatures cover all of them. */
function joinHeaders(raw: string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    const value = raw[at + 1] as string;
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before},${value}`;
  }
  return headers;
}

function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: S3Error,
  about: { id: string; always: Record<string, string>; address: Address | undefined },
): void {
  if (response.headersSent) {
    // The answer has begun: all that is left is to make it visibly incomplete.
    response.destroy();
    return;
  }
  const bodiless = request.method === 'HEAD' || error.status === 304;
  const resource = about.address ? `/${about.address.bucket}${about.address.key ? `/${about.address.key}` : ''}` : '/';
  const document = plainDocument('Error', {
    Code: error.code,
    Message: error.message,
    ...error.details,
    Resource: resource,
    RequestId: about.id,
    HostId: HOST_ID,
  });
  const body = Buffer.from(document);
  const headers: Record<string, string | number> = { ...about.always, ...error.headers };
  if (error.status !== 304) {
    headers['content-type'] = 'application/xml';
    if (!bodiless) headers['content-length'] = body.length;
  }
  // A long body that nobody wants is not worth waiting for, nor is one that does not come.
  const short = Number(request.headers['content-length'] ?? Number.NaN) <= WORTH_TAKING;
  if (!request.complete && (!short || error.code === 'RequestTimeout')) headers.connection = 'close';
  response.writeHead(error.status, headers);
  response.end(bodiless ? undefined : body);
}

/** Takes what is still coming for a moment: a socket closed on unread bytes loses the answer on the client's side. */
function drain(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = response;
  let left = DRAIN_BYTES;
  const timer = setTimeout(() => socket?.destroy(), DRAIN_MS);
  timer.unref();
  const end = () => clearTimeout(timer);
  request.on('data', (bytes: Buffer) => {
    left -= bytes.length;
    if (left < 0) socket?.destroy();
  });
  request.once('end', end);
  request.once('close', end);
  request.resume();
}

interface Seen {
  id: string;
  method: string;
  accessKey: string | undefined;
  address: Address | undefined;
  status: number;
  ms: number;
}

/** The query is left out: signatures stand there. */
function logRequest(services: Services, seen: Seen, failure: S3Error | undefined, request: IncomingMessage): void {
  const { id, method, address, accessKey, status } = seen;
  const line = {
    request: id,
    method,
    bucket: address?.bucket,
    key: address?.key,
    accessKey,
    status: failure?.status ?? status,
    ...(failure && { code: failure.code }),
    ms: Math.round(seen.ms * 10) / 10,
  };
  // A client that hung up is no fault of ours, nor is one that asks for what this store has not.
  if (failure && failure.status >= 500 && failure.status !== 501 && !request.socket.destroyed) {
    services.log.error({ ...line, err: failure.cause ?? failure }, 'a request to the store failed');
  } else {
    services.log.debug(line, 'store request');
  }
}
