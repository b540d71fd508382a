// From the name of an uploaded file to the key it gets: harmless whatever the name was, and never another picture's.
import { randomInt } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import { MAX_KEY_BYTES } from '../domain/key-template.ts';
import { objectName } from '../domain/object-hint.ts';
import type { Store } from '../domain/ports.ts';

/** Longest file name in bytes of UTF-8, extension included: file systems end at 255, and templates add to it. */
const MAX_NAME_BYTES = 180;
const MAX_EXTENSION = 16;
const SUFFIX = 6;
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Reservations kept at most: beyond that the oldest are forgotten, and only the store is asked. */
const MAX_RESERVED = 100_000;

/** Characters that S3's own guide advises against in keys, and those that shells, HTML and templates read as their own. */
const AWKWARD = /[\\^`{}[\]<>#|"'~%?*:;&$!=@,]/g;

/** Keys handed out and perhaps not written yet. */
export interface Reservations {
  /** @returns false where the object's name is taken already */
  take(name: string): boolean;
}

/** @param ms how long a name stays taken: as long as its URL is good for */
export function reserveKeys(ms: number): Reservations {
  const taken = new Map<string, number>();
  return {
    take(name) {
      const now = performance.now();
      // In the order of their coming, so the first that is still good ends the search.
      for (const [old, until] of taken) {
        if (until > now && taken.size < MAX_RESERVED) break;
        taken.delete(old);
      }
      if (taken.has(name)) return false;
      taken.set(name, now + ms);
      return true;
    },
  };
}

/** The source's prefix and the cleaned name, with a random suffix where an object of that key exists or is on its way. */
export async function chooseKey(
  store: Store,
  reservations: Reservations,
  bucket: string,
  prefix: string,
  fileName: string,
): Promise<string> {
  const name = cleanFileName(fileName);
  const key = `${prefix}${name}`;
  if (Buffer.byteLength(key) + SUFFIX + 1 > MAX_KEY_BYTES) {
    throw new Fault('invalid', `the prefix of this source leaves no room for "${name}"`, {
      mend: 'give the file a shorter name',
    });
  }
  if (reservations.take(objectName(bucket, key)) && !(await store.head(bucket, key))) return key;
  const other = `${prefix}${withSuffix(name)}`;
  reservations.take(objectName(bucket, other));
  return other;
}

/** A file name without folders, control characters, dots at its front, or anything else that somebody downstream might act on. */
export function cleanFileName(said: string): string {
  const base = said.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = base
    .replace(/[\p{C}\ufffd]/gu, '')
    .replace(AWKWARD, '_')
    .replace(/\s+/gu, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  const { stem, extension } = split(clean);
  return `${cut(stem, MAX_NAME_BYTES - Buffer.byteLength(extension)) || 'picture'}${extension}`;
}

function withSuffix(name: string): string {
  const { stem, extension } = split(name);
  const suffix = Array.from({ length: SUFFIX }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${stem}-${suffix}${extension}`;
}

/** The extension with its dot, where what stands behind the last dot looks like one. */
function split(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  if (extension.length > MAX_EXTENSION || !/^\.[a-z0-9]+$/i.test(extension)) return { stem: name, extension: '' };
  return { stem: name.slice(0, dot), extension };
}

/** The longest beginning of at most so many bytes that cuts no character in two. */
function cut(text: string, bytes: number): string {
  let kept = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept.trimEnd();
}
