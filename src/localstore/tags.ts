// The rules for tags: of what they may consist, how many there may be, and the header that they come in.
import { invalidArgument, S3Error } from './s3-error.ts';

export type Tag = [name: string, value: string];

/** What tags are of, and how many of them S3 allows. */
const MAX_TAGS = { Object: 10, Bucket: 50 };
export type TagOwner = keyof typeof MAX_TAGS;

/** S3's limits, in characters. */
const MAX_NAME = 128;
const MAX_VALUE = 256;
/** Letters, digits and spaces of any script, and what S3 allows beside them. */
const ALLOWED = /^[\p{L}\p{M}\p{N}\p{Zs}_.:/=+\-@]*$/u;

/** Throws `InvalidTag` where there are too many, one twice, or one too long or of other characters than S3 allows. */
export function checkTags(tags: Tag[], owner: TagOwner = 'Object'): Tag[] {
  const names = new Set<string>();
  for (const [name, value] of tags) {
    const about = { TagKey: name.slice(0, MAX_NAME) };
    if (name === '' || !fits(name, MAX_NAME)) throw invalid('The TagKey you have provided is invalid', about);
    if (/^aws:/i.test(name)) throw invalid('Your TagKey cannot be prefixed with aws:', about);
    if (!fits(value, MAX_VALUE)) {
      throw invalid('The TagValue you have provided is invalid', { ...about, TagValue: value.slice(0, MAX_VALUE) });
    }
    if (names.has(name)) throw invalid('Cannot provide multiple Tags with the same key', about);
    names.add(name);
  }
  const most = MAX_TAGS[owner];
  if (tags.length > most) throw new S3Error('InvalidTag', `${owner} tags cannot be greater than ${most}`);
  return tags;
}

function fits(text: string, most: number): boolean {
  return [...text].length <= most && ALLOWED.test(text);
}

function invalid(message: string, details: Record<string, string>): S3Error {
  return new S3Error('InvalidTag', message, { details });
}

const HEADER = 'x-amz-tagging';

/** The tags of `x-amz-tagging`: `a=1&b`, percent-encoded. Null where there are none. Throws `InvalidArgument`, `InvalidTag`. */
export function readTags(headers: Readonly<Record<string, string>>): Tag[] | null {
  const text = headers[HEADER] ?? '';
  const pairs = text.split('&').filter((pair) => pair !== '');
  const malformed = () =>
    invalidArgument(
      HEADER,
      text.slice(0, 100),
      `The header '${HEADER}' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.`,
    );
  const tags = pairs.map((pair): Tag => {
    const equals = pair.indexOf('=');
    try {
      const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals));
      if (name === '') throw malformed();
      return [name, equals < 0 ? '' : decodeForm(pair.slice(equals + 1))];
    } catch {
      throw malformed();
    }
  });
  if (new Set(tags.map(([name]) => name)).size !== tags.length) throw malformed();
  return tags.length === 0 ? null : checkTags(tags);
}

/** Bytes beyond ASCII were not encoded; Node hands them over one character each. */
function decodeForm(text: string): string {
  const encoded = text.replaceAll('+', ' ').replace(/[\x80-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return decodeURIComponent(encoded);
}
