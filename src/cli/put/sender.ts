// How files get into the store: each way of sending offers this.
import { extname } from 'node:path';
import type { LocalFile } from './files.ts';

export interface Sent {
  bucket: string;
  key: string;
}

export interface Sender {
  /** Where everything goes. */
  readonly bucket: string;
  /**
   * Sends one file, read as it is sent. `onBytes` is told how many of its bytes have arrived so far.
   * @throws Fault naming the file; where the signal is aborted, nothing of the file is left behind
   */
  send(file: LocalFile, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<Sent>;
}

const TYPES: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  gif: 'image/gif',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  heic: 'image/heic',
  heif: 'image/heif',
};

/** By the file's ending. Pixmill itself goes by the bytes. */
export function contentTypeOf(path: string): string {
  return TYPES[extname(path).slice(1).toLowerCase()] ?? 'application/octet-stream';
}
