// Who is calling, proven by a signature, and how the body is protected. Nothing is served without.
import type { KeyObject } from 'node:crypto';
import { type Address, decode } from './address.ts';
import { malformedHeader, readAuthorization, readDate } from './authorization-header.ts';
import type { AccessKey, Keys } from './keys.ts';
import { invalidArgument, S3Error, type S3ErrorCode } from './s3-error.ts';
import { doesNotMatch, hasExpired, invalidToken } from './signature-errors.ts';
import { checkSigV2, checkSigV2Header, sigV2KeyId } from './sigv2.ts';
import {
  ALGORITHM,
  type ChunkSigner,
  canonicalRequest,
  chunkSigner,
  parseAmzDate,
  parseCredential,
  type Scope,
  type SignedRequest,
  sameSignature,
  sign,
  signingKey,
  stringToSign,
  uriEncode,
} from './sigv4.ts';

/** How the body comes, as `x-amz-content-sha256` said. */
export interface PayloadMode {
  /** Hex; the body must have this hash. */
  sha256?: string;
  /** In `aws-chunked` framing; each chunk signed where there is a signer. */
  chunked?: { signer: ChunkSigner | undefined };
}

export interface Identity {
  /** By which the request is proven; what it may do is checked in `authorise.ts`. */
  accessKey: AccessKey;
  payload: PayloadMode;
  /** True where the signature stood in the URL. */
  presigned: boolean;
}

export interface Unproven {
  method: string;
  address: Address;
  headers: Readonly<Record<string, string>>;
}

export type FindKey = Pick<Keys, 'find'>;

/** Milliseconds that clocks may differ by. */
export const SKEW_MS = 15 * 60 * 1000;
export const MAX_EXPIRES_S = 7 * 24 * 3600;
const ANONYMOUS = 'Access Denied: this store answers signed requests only.';

/**
 * Verifies the signature of a request. Throws S3's error for everything that is not proven.
 * @param region that the store is in, and that version 4 must be signed for. @param now milliseconds
 */
export async function authenticate(request: Unproven, keys: FindKey, region: string, now: number): Promise<Identity> {
  const { query } = request.address;
  const { authorization } = request.headers;
  if (request.headers['x-amz-security-token'] || query.get('X-Amz-Security-Token')) throw invalidToken();
  if (authorization !== undefined) {
    if (query.has('X-Amz-Signature')) throw new S3Error('InvalidArgument', 'Only one authentication mechanism is allowed.');
    return byHeader(request, authorization, keys, region, now);
  }
  if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature')) return byQuery(request, keys, region, now);
  const keyId = sigV2KeyId(request.address);
  if (keyId !== undefined) {
    const accessKey = await known(keys, keyId);
    checkSigV2(request, accessKey.secretAccessKey, now);
    return { accessKey, payload: {}, presigned: true };
  }
  throw new S3Error('AccessDenied', ANONYMOUS);
}

/** Throws `InvalidAccessKeyId`. */
export async function known(keys: FindKey, accessKeyId: string): Promise<AccessKey> {
  const key = await keys.find(accessKeyId);
  if (!key) throw new S3Error('InvalidAccessKeyId', undefined, { details: { AWSAccessKeyId: accessKeyId.slice(0, 128) } });
  return key;
}

async function byHeader(request: Unproven, authorization: string, keys: FindKey, region: string, now: number): Promise<Identity> {
  if (!authorization.startsWith(ALGORITHM)) return byOtherHeader(request, authorization, keys, now);
  const { scope, names, signature } = readAuthorization(authorization);
  checkRegion(scope, region, 'AuthorizationHeaderMalformed', 'The authorization header is malformed');
  const amzDate = request.headers['x-amz-date'] ?? readDate(request.headers.date);
  const time = parseAmzDate(amzDate);
  if (Number.isNaN(time)) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header.');
  }
  checkSkew(time, amzDate, now);
  if (!amzDate.startsWith(scope.date)) {
    throw malformedHeader(`Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${amzDate}".`);
  }
  const payloadHash = request.headers['x-amz-content-sha256'];
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256.');
  }
  const accessKey = await known(keys, scope.accessKeyId);
  const key = signingKey(accessKey.secretAccessKey, scope);
  const signedHeaders = checkSignedHeaders(request.headers, names);
  verify(request, { pairs: request.address.pairs, signedHeaders, payloadHash }, { key, amzDate, scope, signature });
  const payload = payloadMode(payloadHash, () => chunkSigner(key, amzDate, scope, signature));
  return { accessKey, payload, presigned: false };
}

/** Version 2, which old clients still send; anything else is refused. */
async function byOtherHeader(request: Unproven, authorization: string, keys: FindKey, now: number): Promise<Identity> {
  if (authorization === '') throw new S3Error('AccessDenied', ANONYMOUS);
  const refuse = (message: string) => invalidArgument('Authorization', authorization.slice(0, 100), message);
  if (!authorization.startsWith('AWS ')) throw refuse('Unsupported Authorization Type');
  const [, accessKeyId, signature] = /^AWS +([^:\s]+):(\S+)$/.exec(authorization) ?? [];
  if (!accessKeyId || !signature) throw refuse('AWS authorization header is invalid. Expected AwsAccessKeyId:signature');
  const { headers } = request;
  const written = headers['x-amz-date'] ?? headers.date ?? '';
  const time = parseAmzDate(readDate(written));
  if (Number.isNaN(time)) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header.');
  }
  checkSkew(time, written, now);
  const accessKey = await known(keys, accessKeyId);
  checkSigV2Header(request, { accessKeyId, signature, secret: accessKey.secretAccessKey });
  const payload = payloadMode(headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD', () => {
    throw new S3Error('InvalidRequest', 'Signed chunks need signature version 4.');
  });
  return { accessKey, payload, presigned: false };
}

function checkSkew(time: number, written: string, now: number): void {
  if (Math.abs(now - time) <= SKEW_MS) return;
  const ServerTime = new Date(now).toISOString();
  const details = { RequestTime: written, ServerTime, MaxAllowedSkewMilliseconds: String(SKEW_MS) };
  throw new S3Error('RequestTimeTooSkewed', undefined, { details });
}

/** What a version 4 URL must have. */
const PRESIGNED = [
  ...['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Expires'],
];

async function byQuery(request: Unproven, keys: FindKey, region: string, now: number): Promise<Identity> {
  const { query, pairs } = request.address;
  const malformed = (message: string) => new S3Error('AuthorizationQueryParametersError', message);
  if (PRESIGNED.some((name) => !query.get(name))) {
    throw malformed(`Query-string authentication version 4 requires the ${PRESIGNED.join(', ')} parameters.`);
  }
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) throw malformed(`X-Amz-Algorithm must be ${ALGORITHM}.`);
  const scope = parseCredential(query.get('X-Amz-Credential') ?? '');
  if (!scope) throw malformed('X-Amz-Credential is malformed.');
  checkRegion(scope, region, 'AuthorizationQueryParametersError', 'Error parsing the X-Amz-Credential parameter');
  const amzDate = query.get('X-Amz-Date') ?? '';
  const time = parseAmzDate(amzDate);
  if (Number.isNaN(time) || !amzDate.startsWith(scope.date)) throw malformed('X-Amz-Date is malformed.');
  const expires = query.get('X-Amz-Expires') ?? '';
  if (!/^[-+]?\d+$/.test(expires)) throw malformed('X-Amz-Expires should be a number');
  if (Number(expires) < 0) throw malformed('X-Amz-Expires must be non-negative');
  if (Number(expires) > MAX_EXPIRES_S) {
    throw malformed(`X-Amz-Expires must be less than a week (in seconds); that is, not above ${MAX_EXPIRES_S} seconds`);
  }
  const signature = query.get('X-Amz-Signature') ?? '';
  const names = query.get('X-Amz-SignedHeaders') ?? '';
  if (time > now + SKEW_MS) throw new S3Error('AccessDenied', 'Request is not yet valid');
  const end = time + Number(expires) * 1000;
  if (end <= now) throw hasExpired(end, now, { 'X-Amz-Expires': expires });
  const accessKey = await known(keys, scope.accessKeyId);
  const key = signingKey(accessKey.secretAccessKey, scope);
  const signedHeaders = checkSignedHeaders(request.headers, names);
  // Where the header is not signed, the signer knew nothing of it.
  const header = signedHeaders.includes('x-amz-content-sha256') ? request.headers['x-amz-content-sha256'] : undefined;
  const payloadHash = header ?? query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD';
  const unsigned = pairs.filter(([name]) => name !== 'X-Amz-Signature');
  verify(request, { pairs: unsigned, signedHeaders, payloadHash }, { key, amzDate, scope, signature });
  const payload = payloadMode(payloadHash, () => chunkSigner(key, amzDate, scope, signature));
  return { accessKey, payload, presigned: true };
}

/** Where the scope names another region, S3 says which is right, in words and in the header that SDKs follow. */
export function checkRegion(scope: Scope, region: string, code: S3ErrorCode, complaint: string): void {
  if (scope.region === region) return;
  throw new S3Error(code, `${complaint}; the region '${scope.region}' is wrong; expecting '${region}'`, {
    details: { Region: region },
    headers: { 'x-amz-bucket-region': region },
  });
}

/** Host and every `x-amz-` header must be signed, or somebody on the way could add or change what the request means. */
function checkSignedHeaders(headers: Readonly<Record<string, string>>, names: string): string[] {
  const signed = names.split(';');
  const set = new Set(signed);
  if (!set.has('host')) throw new S3Error('AccessDenied', 'The Host header must be signed.');
  for (const name in headers) {
    if (name.startsWith('x-amz-') && !set.has(name) && name !== 'x-amz-content-sha256') {
      throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed.', {
        details: { HeadersNotSigned: name },
      });
    }
  }
  return signed;
}

interface Proof {
  key: KeyObject;
  amzDate: string;
  scope: Scope;
  signature: string;
}

function verify(request: Unproven, what: Pick<SignedRequest, 'pairs' | 'signedHeaders' | 'payloadHash'>, proof: Proof): void {
  const { rawPath } = request.address;
  const signed: SignedRequest = { ...what, method: request.method, rawPath, headers: request.headers };
  const matches = (path: string) => {
    const canonical = canonicalRequest(signed, path);
    const holds = (encoding: 'latin1' | 'utf8') =>
      sameSignature(proof.signature, sign(proof.key, stringToSign(canonical, proof.amzDate, proof.scope, encoding)));
    // Python signs a header as UTF-8 and sends it as Latin-1.
    return holds('latin1') || (/[\x80-\xff]/.test(canonical) && holds('utf8'));
  };
  if (matches(rawPath)) return;
  // Some clients send a path less encoded than the one they sign: the meaning is the same.
  const path = rawPath
    .split('/')
    .map((part) => uriEncode(decode(part)))
    .join('/');
  if (path !== rawPath && matches(path)) return;
  const CanonicalRequest = canonicalRequest(signed, rawPath);
  const StringToSign = stringToSign(CanonicalRequest, proof.amzDate, proof.scope);
  throw doesNotMatch(proof.scope.accessKeyId, proof.signature, { StringToSign, CanonicalRequest });
}

function payloadMode(payloadHash: string, signer: () => ChunkSigner): PayloadMode {
  switch (payloadHash) {
    case 'UNSIGNED-PAYLOAD':
      return {};
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { chunked: { signer: undefined } };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { chunked: { signer: signer() } };
  }
  if (/^[0-9a-f]{64}$/.test(payloadHash)) return { sha256: payloadHash };
  throw new S3Error('InvalidArgument', 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- value, or a SHA-256 in hex.');
}
