// The log: one line an event on stderr, as JSON, or short and readable where a person looks on.
import { pino } from 'pino';
import type { Log } from '../domain/ports.ts';
import { describeError } from './error.ts';
import { readable } from './readable.ts';
import { scrub } from './scrub.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Where lines go. */
export interface Sink {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
}

/**
 * Opens the log. Secrets are taken out of each line as it is written; errors are reduced to what helps (name, message,
 * code, stack, causes), since clients of services hang whole requests on theirs.
 */
export function openLog(level: LogLevel, sink: Sink = process.stderr): Log {
  const format = sink.isTTY ? readable : (line: string) => line;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
      formatters: { level: named },
    },
    { write: (line: string) => void sink.write(format(scrub(line))) },
  );
}

/** Levels by name rather than by number. */
function named(label: string): { level: string } {
  return { level: label };
}
