// Figures as people read them.
import { styleText } from 'node:util';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

const wholeNumber = new Intl.NumberFormat('en');

/** `12,345` */
export function formatCount(count: number): string {
  return wholeNumber.format(count);
}

/** `1 file`, `2 files` */
export function formatCountOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Bytes in powers of 1000, with three figures: `12.3 kB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Milliseconds: `12 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Local time to the second, or to the millisecond: `2026-11-21 03:18:02.123`. */
export function formatTime(iso: string, precision: 'seconds' | 'milliseconds' = 'seconds'): string {
  const at = new Date(iso);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().replace('T', ' ');
  return local.slice(0, precision === 'seconds' ? 19 : 23);
}

type Style = Parameters<typeof styleText>[0];

/** Coloured where standard output is a terminal that wants colours. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Rows as aligned columns, two blanks apart; the columns named last are aligned to the right. */
export function formatTable(rows: string[][], options: { right?: number[] } = {}): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const padding = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
          return options.right?.includes(column) ? padding + cell : cell + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Columns of a terminal: colours take none, and wide characters take two. */
function widthOf(cell: string): number {
  let width = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  for (const character of cell.replace(/\u001b\[[\d;]*m/g, '').normalize('NFC')) {
    if (/\p{M}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
