// A form as browsers send it (multipart/form-data, RFC 7578): its fields first, then its file while it comes.
import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { readRequest, type Take } from './read-request.ts';
import { invalidArgument, S3Error } from './s3-error.ts';

/** S3's limit for all of a form before its file: fields, their names and headers, and what separates them. In bytes. */
const MAX_BEFORE_FILE = 20 * 1024;
/** What follows the file means nothing: so many bytes of it are read at most. */
const MAX_BEHIND_FILE = 64 * 1024;
/** Bytes of the file that may wait in the parser. */
const AHEAD = 64 * 1024;
/** Fields that a form may carry for its own page. */
export const IGNORED = 'x-ignore-';

export interface Form {
  /** By lower-case name, since S3 tells no case apart; without those whose names begin with `x-ignore-`. */
  fields: ReadonlyMap<string, string>;
  /** What the client calls the file, without folders; empty where it does not say. */
  fileName: string;
  /**
   * Has the bytes of the file taken, once; until then nothing more is read. Resolves at the end of the form; rejects with what `take` throws, `IncompleteBody`
   * where the client leaves, or `MalformedPOSTRequest` where the form breaks off.
   */
  readFile(take: Take): Promise<void>;
  /** Leaves unread what is still to come. */
  leave(): void;
}

/**
 * Reads a form up to its file. Throws `PreconditionFailed` for a body of another type, `MalformedPOSTRequest`,
 * `MaxPostPreDataLengthExceeded`, and `InvalidArgument` for a field that comes twice and where there is no file.
 * @param goAhead called before the first byte is read
 */
export async function openForm(request: IncomingMessage, goAhead: () => void): Promise<Form> {
  const parser = makeParser(request.headers['content-type'] ?? '');
  const fields = new Map<string, string>();
  const opened = Promise.withResolvers<Form>();
  const end = Promise.withResolvers<void>();
  const stop = new AbortController();
  const wanted = Promise.withResolvers<void>();
  let file: BusboyFileStream | undefined;
  let before = 0;
  let behind: number | undefined;

  function fail(error: unknown): void {
    stop.abort(error);
    end.reject(error);
  }

  const write = (bytes: Buffer) => new Promise<void>((resolve) => parser.write(bytes, () => resolve()));

  /** Before the file no byte goes in beyond the limit, and so no number of fields, no name and no header can be too large. */
  async function feed(bytes: Buffer): Promise<void> {
    if (file) await wanted.promise;
    if (behind !== undefined) {
      behind += bytes.length;
      if (behind > MAX_BEHIND_FILE) throw new S3Error('MaxMessageLengthExceeded');
    }
    const first = file ? bytes.length : Math.min(bytes.length, MAX_BEFORE_FILE - before);
    before += first;
    await write(bytes.subarray(0, first));
    if (first === bytes.length) return;
    if (!file) {
      throw new S3Error('MaxPostPreDataLengthExceeded', undefined, {
        details: { MaxPostPreDataLengthBytes: String(MAX_BEFORE_FILE) },
      });
    }
    await write(bytes.subarray(first));
  }

  function readFile(stream: BusboyFileStream, take: Take): Promise<void> {
    wanted.resolve();
    stream.on('data', (bytes: Buffer) => {
      if (stop.signal.aborted) return;
      try {
        const busy = take(bytes);
        if (!busy) return;
        stream.pause();
        busy.then(() => stream.resume(), fail);
      } catch (error) {
        fail(error);
      }
    });
    return end.promise;
  }

  parser.on('field', (name: string | undefined, value) => {
    if (file) return;
    if (name === undefined) {
      fail(new S3Error('MalformedPOSTRequest', 'A part of the form has no name.'));
      return;
    }
    const lower = name.toLowerCase();
    if (lower.startsWith(IGNORED)) return;
    if (fields.has(lower)) fail(invalidArgument(name, value.slice(0, 100), 'A form must not contain a field more than once.'));
    fields.set(lower, value);
  });
  parser.on('file', (_, stream, name: string | undefined) => {
    file = stream;
    stream.once('end', () => {
      behind = 0;
    });
    stream.on('error', () => fail(new S3Error('MalformedPOSTRequest')));
    opened.resolve({
      fields,
      fileName: baseName(name ?? ''),
      readFile: (take) => readFile(stream, take),
      leave: () => fail(new S3Error('IncompleteBody')),
    });
  });
  parser.on('filesLimit', () => fail(fileCount(2)));
  parser.on('error', () => fail(new S3Error('MalformedPOSTRequest')));
  parser.once('finish', end.resolve);
  goAhead();
  readRequest(request, feed, stop.signal).then(() => parser.end(), fail);
  end.promise.then(() => opened.reject(fileCount(0)), opened.reject);
  return opened.promise;
}

/** The file is the part of that name: some clients give every field the name of a file, others give the file none. */
function makeParser(contentType: string): BusboyInstance {
  if (!/^multipart\/form-data *(;|$)/i.test(contentType)) {
    throw new S3Error('PreconditionFailed', undefined, {
      details: { Condition: 'Bucket POST must be of the enclosure-type multipart/form-data' },
    });
  }
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name) => name?.toLowerCase() === 'file',
      preservePath: true,
      fileHwm: AHEAD,
      limits: { files: 1 },
    });
  } catch (error) {
    // It names no boundary.
    throw new S3Error('MalformedPOSTRequest', undefined, { cause: error });
  }
}

function fileCount(count: number): S3Error {
  return invalidArgument('file', String(count), 'POST requires exactly one file upload per request.');
}

/** Browsers of Windows send `C:\folder\name`. */
function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
