// Headers that come elsewhere: in the URL of a presigned request, or as the fields of a form.
import { S3Error } from './s3-error.ts';

const SIGNATURE_NAMES = /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)$/;

/**
 * Adds what stands elsewhere to the headers of a request, where it means the same: all `x-amz-` names but those of the
 * signature. Headers that are there stay. Values become one character per byte, as Node hands headers over.
 * Throws `InvalidArgument` for what could be no header. @param others further names, in lower case
 */
export function adoptHeaders(
  headers: Record<string, string>,
  pairs: Iterable<readonly [name: string, value: string]>,
  others: readonly string[] = [],
): void {
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    const adopted = lower.startsWith('x-amz-') ? !SIGNATURE_NAMES.test(lower) : others.includes(lower);
    if (!adopted || lower in headers) continue;
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(lower)) throw new S3Error('InvalidArgument', 'The name of a header is malformed.');
    if (/[^\P{Cc}\t]/u.test(value)) throw new S3Error('InvalidArgument', `The value of ${lower} has control characters.`);
    headers[lower] = Buffer.from(value).toString('latin1');
  }
}
