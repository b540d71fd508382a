// Serves one object of the store: typed by what its bytes were found to be, in no way able to act as a page.
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { Fault } from '../domain/fault.ts';
import { objectName } from '../domain/object-hint.ts';
import type { Store } from '../domain/ports.ts';

/** Formats, as the ledger records them from the bytes, that a browser may show. Nothing here can hold a script. */
const SHOWN: Record<string, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  gif: 'image/gif',
  tiff: 'image/tiff',
  heif: 'image/heif',
};

/** An object as the ledger knows it. */
export interface KnownContent {
  bucket: string;
  key: string;
  etag: string | null;
  size: number | null;
  format: string | null;
}

interface ContentQuery {
  /** The ETag that the client expects: then it may keep the answer for good. */
  v?: string | undefined;
  download?: '1' | undefined;
}

export interface ContentRequest {
  method: string;
  headers: IncomingHttpHeaders;
  query: ContentQuery;
}

export async function serveContent(
  store: Store,
  known: KnownContent,
  request: ContentRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { bucket, key } = known;
  const { v, download } = request.query;
  const { 'if-none-match': ifNoneMatch, 'if-range': ifRange } = request.headers;
  if (known.etag !== null && ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, known.etag)) {
    return describe(reply, known, known.etag, { v, download }).code(304).send();
  }
  if (request.method === 'HEAD') return answerHead(store, known, { v, download }, reply);

  const ranged = known.etag !== null && (ifRange === undefined || ifRange === `"${known.etag}"`);
  const range = ranged ? readRange(request.headers.range, known.size) : undefined;
  if (range === 'unsatisfiable') return refuseRange(reply, known.size);
  const content = await open(store, known, range);
  if (!content) throw missing(bucket, key);
  describe(reply, known, content.head.etag, { v, download });
  reply.header('accept-ranges', 'bytes').header('content-length', content.head.size);
  if (content.contentRange !== undefined) reply.code(206).header('content-range', content.contentRange);
  return reply.send(content.body);
}

/** A range is only asked of the version that the ledger knows: parts of two versions make no picture. */
async function open(store: Store, { bucket, key, etag }: KnownContent, range: string | undefined) {
  if (range === undefined || etag === null) return store.stream(bucket, key);
  try {
    return await store.stream(bucket, key, { ifMatch: etag, range });
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'changed') throw error;
    return store.stream(bucket, key);
  }
}

async function answerHead(store: Store, known: KnownContent, query: ContentQuery, reply: FastifyReply): Promise<FastifyReply> {
  const head = await store.head(known.bucket, known.key);
  if (!head) throw missing(known.bucket, known.key);
  return describe(reply, known, head.etag, query).header('accept-ranges', 'bytes').header('content-length', head.size).send();
}

function missing(bucket: string, key: string): Fault {
  return new Fault('not_found', `${objectName(bucket, key)} is not in the store`, {
    mend: 'it was deleted a moment ago, or behind the back of Pixmill: a run finds out',
  });
}

/** @param etag of what is sent: where it is not what the ledger looked at, nobody knows what the bytes are */
function describe(reply: FastifyReply, known: KnownContent, etag: string, { v, download }: ContentQuery): FastifyReply {
  const type = etag === known.etag ? SHOWN[known.format ?? ''] : undefined;
  const kept = v !== undefined && v === etag;
  return reply
    .header('content-type', type ?? 'application/octet-stream')
    .header('content-disposition', disposition(type === undefined || download ? 'attachment' : 'inline', known.key))
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('x-content-type-options', 'nosniff')
    .header('etag', `"${etag}"`)
    .header('cache-control', kept ? 'private, max-age=31536000, immutable' : 'private, no-cache');
}

/** True where the header names this ETag; weak and strong are alike here (RFC 9110, 13.1.2). */
function matchesEtag(header: string, etag: string): boolean {
  return header.split(',').some((part) => {
    const named = part.trim().replace(/^W\//, '');
    return named === '*' || named === `"${etag}"`;
  });
}

/**
 * One range of bytes, as it may be handed on; undefined where none is asked for or it is of a kind that may be ignored
 * (RFC 9110, 14.2), several ranges among them.
 */
function readRange(header: string | undefined, size: number | null): string | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const nothing = first === '' ? Number(last) === 0 : size !== null && Number(first) >= size;
  return nothing ? 'unsatisfiable' : `bytes=${first}-${last}`;
}

function refuseRange(reply: FastifyReply, size: number | null): FastifyReply {
  return reply
    .code(416)
    .header('content-range', `bytes */${size ?? '*'}`)
    .send();
}

/**
 * `Content-Disposition` with the object's file name after RFC 6266: plain ASCII for old clients, and UTF-8 for the rest.
 * Nothing of a key can end the header or the name.
 */
export function disposition(kind: 'inline' | 'attachment', key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1).replace(/\p{C}/gu, '_') || 'picture';
  const ascii = name.replace(/[^\x20-\x7e]|["\\%;]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
