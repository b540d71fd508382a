// Reads values off the command line.
import { InvalidArgumentError } from 'commander';

/** A reader of whole numbers from `least` on. */
export function wholeNumber(least: number): (said: string) => number {
  return (said) => {
    const value = Number(said);
    if (!/^\d+$/.test(said) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
    }
    return value;
  };
}

/** Any number; what may be done with it is checked elsewhere. */
export function anyNumber(said: string): number {
  const value = Number(said);
  if (said.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** `30m`, `12h`, `90d`, `4w`, `1y`, in milliseconds. */
export function duration(said: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdwy])$/.exec(said) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('It must be a time such as 30m, 12h, 90d, 4w or 1y.');
}

/** `2h` or `7d` ago, or a date with or without a time, as ISO 8601 in UTC. */
export function moment(said: string): string {
  if (/^\d{1,6}[mhdwy]$/.test(said)) return new Date(Date.now() - duration(said)).toISOString();
  const at = /^\d{4}-\d\d-\d\d/.test(said) ? new Date(said) : new Date(Number.NaN);
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  throw new InvalidArgumentError(
    'It must be a time ago such as 30m, 2h or 7d, or a date such as 2026-11-25 or 2026-11-25T08:00.',
  );
}
