// CopyObject: the copy is a second name for the same bytes, so that size does not matter.
import { readAttributes, readTags, refuseUnsupported } from '../attributes.ts';
import { blobsOf } from '../batch.ts';
import type { Call } from '../call.ts';
import { sendXml } from '../call.ts';
import { checksumElement } from '../checksum.ts';
import { checkRead, writeCondition } from '../conditions.ts';
import type { StoredVersion } from '../index-reads.ts';
import { invalidArgument, S3Error } from '../s3-error.ts';
import type { Piece } from '../tables.ts';
import { element, xmlDocument } from '../xml.ts';
import { requireObject } from './get-object.ts';

/** The object that `x-amz-copy-source` names: `bucket/key`, percent-encoded, with or without a leading slash. */
export function copySource(call: Call): { bucket: string; key: string } {
  const text = call.headers['x-amz-copy-source'] ?? '';
  const refuse = (): never => {
    throw invalidArgument(
      'x-amz-copy-source',
      text.slice(0, 200),
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  };
  const mark = text.indexOf('?versionId=');
  if (mark >= 0 && text.slice(mark) !== '?versionId=null') throw new S3Error('NoSuchVersion');
  let name: string;
  try {
    // Sent unencoded by some, which Node hands over one character per byte.
    name = decodeURIComponent(
      (mark >= 0 ? text.slice(0, mark) : text).replace(/[\x80-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16)}`),
    );
  } catch {
    return refuse();
  }
  const path = name.startsWith('/') ? name.slice(1) : name;
  const slash = path.indexOf('/');
  if (slash < 1 || slash === path.length - 1 || path.includes('\0')) return refuse();
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
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
  const when = writeCondition(headers);
  const itself = source.bucket === bucket && source.key === key;
  if (itself && !replace && headers['x-amz-storage-class'] === undefined) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  await services.index.requireBucket(bucket);
  const { version, blob, pieces } = await linked(call, source);
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
      checksum: version.checksum,
      headers: replace ? given.headers : version.headers,
      metadata: replace ? given.metadata : version.metadata,
      tags: replaceTags ? givenTags : version.tags,
    },
  });
  const { checksum } = version;
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
}

async function linked(call: Call, source: { bucket: string; key: string }): Promise<Linked> {
  const { blobs } = call.services;
  return withSource(call, source, async (version) => {
    if (version.blob !== null) return { version, blob: await blobs.link(version.blob), pieces: null };
    if (!version.pieces) return { version, blob: null, pieces: null };
    const pieces: Piece[] = [];
    try {
      for (const [number, blob, size, checksum] of version.pieces) {
        pieces.push([number, blob === null ? null : await blobs.link(blob), size, checksum]);
      }
    } catch (error) {
      await blobs.discard(blobsOf({ blob: null, pieces }));
      throw error;
    }
    return { version, blob: null, pieces };
  });
}
