// Preconditions of reads and writes, as RFC 9110 and S3 define them.
import { S3Error } from './s3-error.ts';

export interface Version {
  /** Without quotes. */
  etag: string;
  modifiedAt: Date;
}

/** What must hold of the object that is there when a write becomes visible. */
export interface WriteCondition {
  /** ETags without quotes, or `*`. */
  ifMatch?: string[];
  ifNoneMatch?: string[];
}

type Headers = Readonly<Record<string, string>>;

/** Reads the conditions of a write; undefined where there are none. */
export function writeCondition(headers: Headers): WriteCondition | undefined {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return {
    ...(ifMatch !== undefined && { ifMatch: parseEtags(ifMatch) }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch: parseEtags(ifNoneMatch) }),
  };
}

/** Throws `PreconditionFailed`, or `NoSuchKey` where a version is asked for and there is none at all. */
export function checkWrite(condition: WriteCondition | undefined, current: Pick<Version, 'etag'> | undefined): void {
  if (!condition) return;
  if (condition.ifMatch) {
    if (!current) throw new S3Error('NoSuchKey');
    if (!listed(condition.ifMatch, current.etag)) throw failed('If-Match');
  }
  if (condition.ifNoneMatch && current && listed(condition.ifNoneMatch, current.etag)) throw failed('If-None-Match');
}

/**
 * Checks the conditions of a GET or HEAD; throws `PreconditionFailed` or `NotModified`. Times count in whole seconds, since
 * Last-Modified has no finer ones. A matching ETag outweighs the time, as RFC 9110 (13.2.2) orders.
 * @param prefix `x-amz-copy-source-` for the source of a copy, where an unmet condition is always `PreconditionFailed`
 */
export function checkRead(headers: Headers, current: Version, prefix = ''): void {
  const ifMatch = headers[`${prefix}if-match`];
  const ifNoneMatch = headers[`${prefix}if-none-match`];
  const seconds = Math.floor(current.modifiedAt.getTime() / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!listed(parseEtags(ifMatch), current.etag)) throw failed(`${prefix}If-Match`);
  } else {
    const since = parseTime(headers[`${prefix}if-unmodified-since`]);
    if (since !== undefined && seconds > since) throw failed(`${prefix}If-Unmodified-Since`);
  }
  const unchanged = (condition: string) =>
    prefix
      ? failed(`${prefix}${condition}`)
      : new S3Error('NotModified', undefined, {
          headers: { etag: `"${current.etag}"`, 'last-modified': current.modifiedAt.toUTCString() },
        });
  if (ifNoneMatch !== undefined) {
    if (listed(parseEtags(ifNoneMatch), current.etag)) throw unchanged('If-None-Match');
  } else {
    const since = parseTime(headers[`${prefix}if-modified-since`]);
    if (since !== undefined && seconds <= since) throw unchanged('If-Modified-Since');
  }
}

function listed(etags: string[], etag: string): boolean {
  return etags.some((one) => one === '*' || one === etag);
}

/** `"a", W/"b", c` without quotes: some clients leave them out. */
function parseEtags(text: string): string[] {
  return text.split(',').map((one) => unquote(one.trim().replace(/^W\//, '')));
}

/** An ETag without its quotes. */
export function unquote(etag: string): string {
  return etag.length > 1 && etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag;
}

/** A time that cannot be read counts as not given, as RFC 9110 asks. */
function parseTime(text = ''): number | undefined {
  // The oldest of HTTP's three forms names no zone, and means GMT wherever this runs.
  const time = Date.parse(/\d{4}$/.test(text) ? `${text} GMT` : text);
  return Number.isNaN(time) ? undefined : time;
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', undefined, { details: { Condition: condition } });
}
