// How far the files on the upload desk have come.
import type { UploadFile } from './uploader.ts';

export type Phase = 'ready' | 'sending' | 'done' | 'failed';

export function phaseOf({ error, progress }: UploadFile): Phase {
  if (error) return 'failed';
  if (progress.uploadComplete) return 'done';
  return progress.uploadStarted ? 'sending' : 'ready';
}

/** Bytes that have left, of one file. */
export function sentOf(file: UploadFile): number {
  const phase = phaseOf(file);
  if (phase === 'done') return file.size ?? 0;
  return phase === 'sending' ? Math.min(file.size ?? 0, Number(file.progress.bytesUploaded) || 0) : 0;
}

export interface Totals {
  files: number;
  /** Of all files, in bytes. */
  bytes: number;
  sent: number;
  ready: number;
  sending: number;
  done: number;
  failed: number;
}

export function totalsOf(files: UploadFile[]): Totals {
  const totals: Totals = { files: files.length, bytes: 0, sent: 0, ready: 0, sending: 0, done: 0, failed: 0 };
  for (const file of files) {
    totals[phaseOf(file)]++;
    totals.bytes += file.size ?? 0;
    totals.sent += sentOf(file);
  }
  return totals;
}
