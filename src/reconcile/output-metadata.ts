// What Pixmill writes on each rendition, so that it is recognised anywhere, and a copy of it is not mistaken for it.
import { createHash } from 'node:crypto';
import { objectName } from '../domain/object-hint.ts';

// Keys may be longer than S3's 2 KB of metadata once encoded, so objects are named by their hash.
const OUTPUT = 'pixmill-output';
const SOURCE = 'pixmill-source';
const SOURCE_ETAG = 'pixmill-source-etag';
const RECIPE = 'pixmill-recipe';

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
