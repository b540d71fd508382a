// Doors, kinds and results of events in plain words.
import type { Door } from '../../api/types.ts';
import type { Tone } from '../../parts/mark.tsx';

export const DOORS: Record<Door, string> = {
  store: 'Built-in store',
  hook: 'Webhook',
  queue: 'Queue',
  lambda: 'Function',
  job: 'Job',
  schedule: 'Schedule',
  upload: 'Upload',
  api: 'API',
  redrive: 'Redrive',
};

export const OUTCOMES = { open: 'Open', ok: 'Ended well', error: 'Ended badly' };

const KINDS: Record<string, string> = {
  put: 'Put',
  delete: 'Delete',
  look: 'Look',
  cron: 'Timer',
  test: 'Test',
  rejected: 'Refused',
};

export function kindWord(kind: string): string {
  return KINDS[kind] ?? kind;
}

const RESULTS: Record<string, { word: string; tone: Tone }> = {
  rendered: { word: 'Rendered', tone: 'good' },
  replaced: { word: 'Replaced', tone: 'good' },
  delivered: { word: 'Delivered', tone: 'good' },
  removed: { word: 'Removed', tone: 'good' },
  done: { word: 'Done', tone: 'good' },
  unchanged: { word: 'Unchanged', tone: 'soft' },
  ignored: { word: 'Ignored', tone: 'soft' },
  gone: { word: 'Gone', tone: 'soft' },
  failed: { word: 'Failed', tone: 'bad' },
  rejected: { word: 'Rejected', tone: 'bad' },
};

export function resultWord(result: string | null): { word: string; tone: Tone } {
  if (result === null) return { word: 'Open', tone: 'lit' };
  return RESULTS[result] ?? { word: result, tone: 'soft' };
}
