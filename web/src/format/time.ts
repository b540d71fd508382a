// Points in time and durations for people.

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `3 min. ago`; `just now` within 45 seconds, and whatever a clock that runs behind calls the future. */
export function formatAge(at: string, now: number): string {
  const seconds = (now - Date.parse(at)) / 1000;
  if (seconds < 45) return 'just now';
  for (const [unit, length] of STEPS) {
    if (seconds >= length || unit === 'minute') return relative.format(-Math.max(1, Math.round(seconds / length)), unit);
  }
  return '';
}

/** Date and time to the second, in the reader's own way. */
export function formatMoment(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Milliseconds: `84 ms`, `1.4 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1) return '< 1 ms';
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toLocaleString(undefined, { maximumFractionDigits: 1 })} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The time of day to the second, in the reader's own way. */
export function formatClock(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { timeStyle: 'medium' });
}

export function formatDay(at: string): string {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' });
}
