// CopyObject: the copy is a second name for the same bytes, so that size does not matter.
import { checkKeyLength, decode } from '../address.ts';
import { changesItself, copiedHeaders, readAttributes, refuseUnsupported } from '../attributes.ts';
import { blobsOf } from '../batch.ts';
import type { Call } from '../call.ts';
import { sendXml } from '../call.ts';
import { checksumElement, parseAlgorithm } from '../checksum.ts';
import { checkRead, writeCondition } from '../conditions.ts';
import { digestBytes } from '../copy-bytes.ts';
import type { StoredVersion } from '../index-reads.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import { segmentsOf } from '../send-bytes.ts';
import type { ChecksumAlgorithm, Piece, StoredChecksum } from '../tables.ts';
import { readTags } from '../tags.ts';
import { element, xmlDocument } from '../xml.ts';
import { isOnlyVersion, requireObject } from './get-object.ts';

const COPY_SOURCE = 'x-amz-copy-source';

/** The object that `x-amz-copy-source` names: `bucket/key`, percent-encoded, with or without a leading slash. */
export function copySource(call: Call): { bucket: string; key: string } {
  const text = call.headers[COPY_SOURCE] ?? '';
  const refuse = (message: string) => invalidArgument(COPY_SOURCE, text.slice(0, 200), message);
  const mark = text.indexOf('?versionId=');
  let name: string;
  try {
    // As in a query a plus is a space, as S3 reads it: who means a plus sends %2B.
    name = decode((mark >= 0 ? text.slice(0, mark) : text).replaceAll('+', ' '));
  } catch {
    throw refuse('Invalid copy source encoding');
  }
  const path = name.startsWith('/') ? name.slice(1) : name;
  const slash = path.indexOf('/');
  if (slash === 0 || path === '') throw refuse('Invalid copy source bucket name');
  if (slash < 0 || slash === path.length - 1) throw refuse('Invalid copy source object key');
  if (mark >= 0 && !isOnlyVersion(text.slice(mark + '?versionId='.length))) throw new S3Error('NoSuchVersion');
  const key = path.slice(slash + 1);
  checkKeyLength(key);
  return { bucket: path.slice(0, slash), key };
}

const DIRECTIVES = new Set(['COPY', 'REPLACE']);

function directive(call: Call, name: string): boolean {
  const value = call.headers[name] ?? 'COPY';
  if (!DIRECTIVES.has(value)) throw invalidArgument(name, value, `Unknown ${name}.`);
  return value === 'REPLACE';
}

export async function copyObject(call: Call): Promise<void> {
  const { headers, services, bucket, key } = call;
  refuseUnsupported(headers);
  const source = copySource(call);
  const replace = directive(call, 'x-amz-metadata-directive');
  const replaceTags = directive(call, 'x-amz-tagging-directive');
  const given = readAttributes(headers);
  const givenTags = readTags(headers);
  const named = headers['x-amz-checksum-algorithm'];
  const algorithm = named === undefined ? undefined : parseAlgorithm(named);
  const when = writeCondition(headers);
  const itself = source.bucket === bucket && source.key === key;
  if (itself && !replace && !changesItself(headers)) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  await services.index.requireBucket(bucket);
  const { version, blob, pieces, checksum } = await linked(call, source, algorithm);
  const { at } = await services.lane.write({
    kind: 'put',
    bucket,
    key,
    when,
    row: {
      blob,
      pieces,
      size: version.size,
      etag: version.etag,
      checksum,
      headers: replace ? given.headers : copiedHeaders(version.headers, given.headers),
      metadata: replace ? given.metadata : version.metadata,
      tags: replaceTags ? givenTags : version.tags,
    },
  });
  const content = [
    element('LastModified', at.toISOString()),
    element('ETag', `"${version.etag}"`),
    checksum ? element(checksumElement(checksum.algorithm), checksum.value) + element('ChecksumType', checksum.type) : '',
  ];
  sendXml(call, 200, xmlDocument('CopyObjectResult', content.join('')));
}

/** Runs with the source's version while its blobs are held. Its preconditions are checked. */
export async function withSource<T>(
  call: Call,
  source: { bucket: string; key: string },
  use: (version: StoredVersion) => Promise<T>,
): Promise<T> {
  for (;;) {
    const version = await requireObject(call, source.bucket, source.key);
    checkRead(call.headers, version, 'x-amz-copy-source-');
    const release = call.services.garbage.hold(blobsOf(version));
    // Replaced since its row was read: there is a newer row now, or none.
    if (!release) continue;
    try {
      return await use(version);
    } finally {
      release();
    }
  }
}

interface Linked {
  version: StoredVersion;
  blob: string | null;
  pieces: Piece[] | null;
  checksum: StoredChecksum | null;
}

/** Gives the source's bytes a second name. @param algorithm the checksum that the copy is to have; the source's if undefined */
async function linked(
  call: Call,
  source: { bucket: string; key: string },
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Linked> {
  const { blobs } = call.services;
  return withSource(call, source, async (version) => {
    const checksum = algorithm ? await wholeChecksum(call, version, algorithm) : version.checksum;
    if (version.blob !== null) return { version, checksum, blob: await blobs.link(version.blob), pieces: null };
    if (!version.pieces) return { version, checksum, blob: null, pieces: null };
    const pieces: Piece[] = [];
    try {
      for (const [number, blob, size, ofPiece] of version.pieces) {
        // Those of the parts are of the source's algorithm.
        const kept = checksum === version.checksum ? ofPiece : null;
        pieces.push([number, blob === null ? null : await blobs.link(blob), size, kept]);
      }
    } catch (error) {
      await blobs.discard(blobsOf({ blob: null, pieces }));
      throw error;
    }
    return { version, checksum, blob: null, pieces };
  });
}

/** Reads the whole source, where it has no such checksum yet. */
async function wholeChecksum(call: Call, version: StoredVersion, algorithm: ChecksumAlgorithm): Promise<StoredChecksum> {
  const { checksum, size } = version;
  if (checksum?.algorithm === algorithm && checksum.type === 'FULL_OBJECT') return checksum;
  call.response.setTimeout(COPY_TIMEOUT);
  const value = await digestBytes(call.services.blobs, segmentsOf(version, { start: 0, length: size }), algorithm);
  return { algorithm, value, type: 'FULL_OBJECT' };
}

/** Milliseconds that reading a source may take without a word to the client: 5 GiB from a slow disk. */
export const COPY_TIMEOUT = 15 * 60 * 1000;
