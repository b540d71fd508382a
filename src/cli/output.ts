// What a command says and how it ends: results on standard output, everything else on standard error, one exit code.
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { Fault } from '../domain/fault.ts';
import { printableLine, printableText } from './printable.ts';

/** Exit codes, as docs/cli.md has them; a command that a signal ended exits with 128 and the signal's number. */
export const EXIT = { ok: 0, fault: 1, usage: 2, someFailed: 3, interrupted: 130 } as const;

export interface Output {
  /** True where standard output is for programs. */
  readonly json: boolean;
  /** Prints the result, once: `value` as JSON, or the text. */
  result(value: unknown, text: string): void;
  /** A remark for people. */
  note(text: string): void;
  /** Something that went wrong while the rest goes on. */
  complain(fault: Fault): void;
}

/** Runs the work of a command. @param work gives the exit code where it is not 0 */
export async function carryOut(command: Command, work: (output: Output) => Promise<number | undefined>): Promise<void> {
  const output = openOutput(command.optsWithGlobals<{ json?: boolean }>().json === true);
  try {
    process.exitCode = (await work(output)) ?? EXIT.ok;
  } catch (error) {
    const fault = told(error);
    output.complain(fault);
    if (output.json) writeJson({ fault: asJson(fault) });
    process.exitCode = fault instanceof UsageFault ? EXIT.usage : EXIT.fault;
  }
}

/** Ends with the code for wrong usage, which was explained already. */
export function failUsage(message: string, json: boolean): void {
  if (json) writeJson({ fault: asJson(new UsageFault(message)) });
  process.exitCode = EXIT.usage;
}

/** The command was called in a way that makes no sense. */
export class UsageFault extends Fault {
  constructor(message: string, mend?: string) {
    super('invalid', message, mend === undefined ? {} : { mend });
  }
}

/** A fault as programs read it. */
export function asJson({ code, message, mend }: Fault): { code: string; message: string; mend?: string } {
  return { code, message, ...(mend === undefined ? {} : { mend }) };
}

/** A reader that has seen enough, as `head` does, is no fault. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
}

function openOutput(json: boolean): Output {
  return {
    json,
    result(value, text) {
      if (json) writeJson(value);
      else if (text !== '') process.stdout.write(`${text}\n`);
    },
    note(text) {
      process.stderr.write(`${text}\n`);
    },
    complain(fault) {
      process.stderr.write(`${describeFault(fault)}\n`);
    },
  };
}

/** The culprit, and below it the mend. */
function describeFault({ message, mend }: Fault): string {
  const culprit = `${onStderr('red', 'pixmill:')} ${printableText(message).replaceAll('\n', '\n         ')}`;
  return mend === undefined ? culprit : `${culprit}\n  ${onStderr('dim', '→')} ${printableLine(mend)}`;
}

function onStderr(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stderr });
}

function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** What was not foreseen is told as it came: here the reader is at the machine, and no log line follows. */
function told(error: unknown): Fault {
  if (error instanceof Fault && (error.code !== 'internal' || error.cause === undefined)) return error;
  const cause = error instanceof Fault ? error.cause : error;
  const said = cause instanceof Error ? cause.message : String(cause);
  const message = error instanceof Fault ? `${error.message}: ${said}` : said;
  if (process.env.LOG_LEVEL === 'debug') console.error(cause);
  return new Fault('internal', message, { cause, mend: 'set LOG_LEVEL=debug to see where it happened' });
}
