// Signed requests to the built-in store written by hand, for what no client library would send.
import { createHash } from 'node:crypto';
import http from 'node:http';
import { canonicalRequest, formatAmzDate, sign, signingKey, stringToSign } from '../src/localstore/sigv4.ts';
import type { TestStore } from './local-store.ts';

export interface RawRequest {
  method?: string;
  /** Path and query as they go on the wire. */
  url: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
  /** Instead of the SHA-256 of the body. */
  payloadHash?: string;
  /** Called with the signature before the body is sent; returns the body. */
  makeBody?(seed: string, amzDate: string): Buffer;
  time?: Date;
  /** Sent beside the signed ones. */
  unsigned?: Record<string, string>;
}

export interface RawAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  /** The code in S3's error document. */
  code: string | undefined;
  /** True where the server sent `100 Continue`. */
  continued: boolean;
}

/** Where the store is, and the access key to sign with. */
type Signer = Pick<TestStore, 'port' | 'key'>;

/** Headers with which a request is proven to come from the holder of the key. */
export function signHeaders(
  store: Signer,
  request: RawRequest,
): { headers: Record<string, string>; seed: string; amzDate: string } {
  const amzDate = formatAmzDate(request.time ?? new Date());
  const payloadHash =
    request.payloadHash ??
    createHash('sha256')
      .update(request.body ?? '')
      .digest('hex');
  const headers: Record<string, string> = {
    'x-amz-date': amzDate,
    'x-amz-content-sha256': payloadHash,
    host: `127.0.0.1:${store.port}`,
  };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  const signedHeaders = Object.keys(headers).sort();
  const [rawPath = '', query = ''] = request.url.split('?');
  const pairs = query.split('&').flatMap((pair): [string, string][] => {
    const [name = '', value = ''] = pair.split('=').map(decodeURIComponent);
    return name === '' ? [] : [[name, value]];
  });
  const scope = { accessKeyId: store.key.accessKeyId, date: amzDate.slice(0, 8), region: 'us-east-1' };
  const canonical = canonicalRequest(
    { method: request.method ?? 'GET', rawPath, pairs, headers, signedHeaders, payloadHash },
    rawPath,
  );
  const seed = sign(signingKey(store.key.secretAccessKey, scope), stringToSign(canonical, amzDate, scope));
  const credential = `${scope.accessKeyId}/${scope.date}/${scope.region}/s3/aws4_request`;
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${seed}`;
  return { headers: { ...headers, ...request.unsigned }, seed, amzDate };
}

/** Sends a signed request and reads the whole answer. */
export function rawRequest(store: Signer, request: RawRequest): Promise<RawAnswer> {
  const { headers, seed, amzDate } = signHeaders(store, request);
  const body = request.makeBody?.(seed, amzDate) ?? (request.body === undefined ? undefined : Buffer.from(request.body));
  if (body && headers['transfer-encoding'] === undefined) headers['content-length'] ??= String(body.length);
  return sendRaw(store.port, request.method ?? 'GET', request.url, headers, body);
}

/** Sends a request as it is. */
export function sendRaw(
  port: number,
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let continued = false;
    const sent = http.request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        const whole = Buffer.concat(pieces);
        const code = /<Code>(\w+)<\/Code>/.exec(whole.toString())?.[1];
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: whole, code, continued });
      });
    });
    sent.on('error', reject);
    if (headers.expect === '100-continue') {
      // As clients do: the body waits for the word, and is not sent after a refusal.
      sent.on('continue', () => {
        continued = true;
        sent.end(body);
      });
      sent.on('response', () => sent.destroyed || sent.writableEnded || sent.end());
      sent.flushHeaders();
    } else sent.end(body);
  });
}
