// One byte range of an object, as RFC 9110 (14.1.2) writes it and S3 answers it.
import { S3Error } from './s3-error.ts';

export interface ByteRange {
  /** First byte, counted from 0. */
  start: number;
  /** Bytes. */
  length: number;
}

/**
 * Reads a Range header against an object of `size` bytes. Undefined means the whole object: S3 gives that for several ranges
 * and for what it cannot read. Throws `InvalidRange` where no byte of the object is asked for.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const found = /^bytes=\s*(\d{0,18})-(\d{0,18})\s*$/i.exec(header ?? '');
  if (!header || !found) return undefined;
  const [, first = '', last = ''] = found;
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end || (first === '' && Number(last) === 0)) {
    throw new S3Error('InvalidRange', undefined, {
      details: { RangeRequested: header, ActualObjectSize: String(size) },
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  return { start, length: end - start + 1 };
}
