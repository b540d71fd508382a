// The log of commands: only what is wrong, unless LOG_LEVEL asks for more.
import type { Log } from '../domain/ports.ts';
import { type LogLevel, openLog } from '../telemetry/log.ts';

const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'] satisfies LogLevel[];

export function openQuietLog(): Log {
  const asked = process.env.LOG_LEVEL ?? '';
  return openLog(LEVELS.includes(asked) ? (asked as LogLevel) : 'warn');
}
