// The `aws-chunked` framing of bodies: sizes and signatures between the data, checksums behind it. Bytes are passed on as
// slices of what came in, never copied.
import { createHash, type Hash, hash } from 'node:crypto';
import { S3Error } from './s3-error.ts';
import { type ChunkSigner, sameSignature } from './sigv4.ts';

/** A line between chunks, or a trailer: S3's longest have some 100 bytes. */
const MAX_LINE = 1024;
const MAX_TRAILERS = 16;
/** Largest chunk; the largest object of one PUT is no larger either. */
const MAX_CHUNK = 5 * 1024 ** 3;

const LF = 10;
const CR = 13;

/** Decodes one body. Feed it with `push`, then ask for the trailers with `end`. */
export class ChunkDecoder {
  readonly #signer: ChunkSigner | undefined;
  #state: 'size' | 'data' | 'after-data' | 'trailers' | 'done' = 'size';
  #line = '';
  #left = 0;
  #signature = '';
  #hash: Hash | undefined;
  readonly #trailers = new Map<string, string>();

  /** @param signer checks each chunk where they are signed */
  constructor(signer: ChunkSigner | undefined) {
    this.#signer = signer;
  }

  /**
   * Takes the next bytes off the wire. Throws `IncompleteBody`, as S3 does, on bad framing and `SignatureDoesNotMatch` on a chunk whose
   * signature is wrong: what was passed on before must then be thrown away.
   * @returns the data in them, as slices
   */
  push(bytes: Buffer): Buffer[] {
    const data: Buffer[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#left);
        const slice = bytes.subarray(at, end);
        this.#hash?.update(slice);
        data.push(slice);
        this.#left -= slice.length;
        at = end;
        if (this.#left === 0) this.#endChunk();
      } else {
        at = this.#readLine(bytes, at);
      }
    }
    return data;
  }

  /** The trailers, by lower-case name. Throws `IncompleteBody` where the last chunk has not come. */
  end(): ReadonlyMap<string, string> {
    // Some clients leave out the empty line behind the last chunk.
    if (this.#state === 'trailers') {
      if (this.#line !== '') this.#endLine(this.#line);
      if (this.#state === 'trailers') this.#endTrailers();
    }
    if (this.#state !== 'done') throw new S3Error('IncompleteBody');
    return this.#trailers;
  }

  #readLine(bytes: Buffer, from: number): number {
    if (this.#state === 'done') throw bad('There are bytes behind the last chunk.');
    const found = bytes.indexOf(LF, from);
    const end = found < 0 ? bytes.length : found;
    if (this.#line.length + end - from > MAX_LINE) throw bad('A line between the chunks is too long.');
    this.#line += bytes.toString('latin1', from, end);
    if (found < 0) return end;
    if (this.#line.charCodeAt(this.#line.length - 1) !== CR) throw bad('A line between the chunks does not end in CR LF.');
    const line = this.#line.slice(0, -1);
    this.#line = '';
    this.#endLine(line);
    return found + 1;
  }

  #endLine(line: string): void {
    if (this.#state === 'size') this.#beginChunk(line);
    else if (this.#state === 'after-data') {
      if (line !== '') throw bad('A chunk is longer than its size says.');
      this.#state = 'size';
    } else if (line === '') this.#endTrailers();
    else this.#addTrailer(line);
  }

  #beginChunk(line: string): void {
    const found = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    const size = Number.parseInt(found?.[1] ?? '', 16);
    if (!found || size > MAX_CHUNK) throw bad('The size of a chunk is malformed.');
    if (this.#signer && !found[2]) throw bad('A chunk has no signature.');
    this.#signature = found[2] ?? '';
    this.#left = size;
    if (size === 0) {
      this.#checkSignature(hash('sha256', '', 'hex'));
      this.#state = 'trailers';
      return;
    }
    if (this.#signer) this.#hash = createHash('sha256');
    this.#state = 'data';
  }

  #endChunk(): void {
    if (this.#hash) this.#checkSignature(this.#hash.digest('hex'));
    this.#hash = undefined;
    this.#state = 'after-data';
  }

  #checkSignature(sha256: string): void {
    if (!this.#signer) return;
    if (!sameSignature(this.#signature, this.#signer.chunk(sha256))) throw new S3Error('SignatureDoesNotMatch');
  }

  #addTrailer(line: string): void {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon < 1 || this.#trailers.size >= MAX_TRAILERS || this.#trailers.has(name)) {
      throw new S3Error('MalformedTrailerError');
    }
    this.#trailers.set(name, line.slice(colon + 1).trim());
  }

  #endTrailers(): void {
    this.#state = 'done';
    const signature = this.#trailers.get('x-amz-trailer-signature');
    this.#trailers.delete('x-amz-trailer-signature');
    if (!this.#signer || this.#trailers.size === 0) return;
    let canonical = '';
    for (const [name, value] of this.#trailers) canonical += `${name}:${value}\n`;
    const computed = this.#signer.trailer(hash('sha256', Buffer.from(canonical, 'latin1'), 'hex'));
    if (!sameSignature(signature ?? '', computed)) throw new S3Error('SignatureDoesNotMatch');
  }
}

function bad(message: string): S3Error {
  return new S3Error('IncompleteBody', message);
}
