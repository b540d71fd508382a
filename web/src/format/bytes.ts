// Byte counts for people.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `1234567` → `1.2 MB`. Decimal units, as stores bill them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toLocaleString(undefined, { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

/** How much smaller (or larger) `after` is: `−99.2 %`. Undefined where nothing can be compared. */
export function formatSaving(before: number, after: number): string | undefined {
  if (before <= 0) return undefined;
  const change = (after - before) / before;
  if (Math.abs(change) >= 10) return `×${Math.round(after / before).toLocaleString()}`;
  // Near 100 % one digit more, so that two very different sizes do not read alike.
  const digits = change < -0.99 ? 1 : 0;
  const percent = Math.abs(change * 100).toLocaleString(undefined, { maximumFractionDigits: digits });
  if (percent === '0') return '±0 %';
  return `${change < 0 ? '−' : '+'}${percent} %`;
}
