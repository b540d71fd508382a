// What Pixmill writes on each rendition, so that it is recognised anywhere, and a copy of it is not mistaken for it.
import { createHash } from 'node:crypto';
import { objectName } from '../domain/object-hint.ts';

// Keys may be longer than S3's 2 KB of metadata once encoded, so objects are named by their hash.
const OUTPUT = 'pixmill-output';
const SOURCE = 'pixmill-source';
const SOURCE_ETAG = 'pixmill-source-etag';
const RECIPE = 'pixmill-recipe';
const OURS: ReadonlySet<string> = new Set([OUTPUT, SOURCE, SOURCE_ETAG, RECIPE]);

/** S3's limit: names and values of user metadata together, in bytes. */
const MAX_METADATA = 2048;

interface Name {
  bucket: string;
  key: string;
}

/** User metadata for an output. */
export function outputMetadata(output: Name, source: Name & { etag: string }, fingerprint: string): Record<string, string> {
  return {
    [OUTPUT]: digest(output),
    [SOURCE]: digest(source),
    [SOURCE_ETAG]: source.etag,
    [RECIPE]: fingerprint,
  };
}

/**
 * Metadata for a copy: ours, and of the source's own what fits beside it, by name. Values beyond ASCII go as RFC 2047 words,
 * as S3 itself tells them: raw, the signature would not hold.
 */
export function copyMetadata(ours: Record<string, string>, sources: Record<string, string>): Record<string, string> {
  const metadata = { ...ours };
  let size = Object.entries(ours).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  for (const name of Object.keys(sources).sort()) {
    const value = inAscii(sources[name] ?? '');
    if (OURS.has(name) || size + name.length + value.length > MAX_METADATA) continue;
    metadata[name] = value;
    size += name.length + value.length;
  }
  return metadata;
}

function inAscii(value: string): string {
  // Header values arrive one character per byte.
  return /^[\x20-\x7e]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value, 'latin1').toString('base64')}?=`;
}

/** True where the object's metadata says that Pixmill made it, at this very key. A copy elsewhere is a picture like any other. */
export function isOwnOutput(object: Name, metadata: Record<string, string>): boolean {
  return metadata[OUTPUT] === digest(object);
}

/** True where it was made of this source. */
export function isMadeOf(source: Name, metadata: Record<string, string>): boolean {
  return metadata[SOURCE] === digest(source);
}

/** The version of the source that it was made of. */
export function madeOfEtag(metadata: Record<string, string>): string | undefined {
  return metadata[SOURCE_ETAG];
}

function digest({ bucket, key }: Name): string {
  return createHash('sha256').update(objectName(bucket, key)).digest('hex');
}
