// Shows on standard error how far long work has come: a line that repaints itself on a terminal, a line now and then elsewhere.
import { formatDuration } from './figures.ts';

/** Milliseconds between two looks. */
const REPAINT = 100;
const LINE = 5_000;

const CELLS = 24;
/** Returns to the line's begin and clears it. */
const CLEAR = '\r\u001b[2K';

export interface Step {
  /** 0–1; undefined where the whole is not known. */
  fraction: number | undefined;
  /** One printable line. */
  text: string;
}

/** Looks at the work again and again, until it is stopped. The keyboard is left alone, so that Ctrl-C stays the command's. */
export function showProgress(look: () => Step): { stop(): void } {
  const { stderr } = process;
  const started = performance.now();
  const paint = () => {
    const { fraction, text } = look();
    const line = fraction === undefined ? text : `${Math.floor(fraction * 100)} %  ${text}`;
    const bar = fraction === undefined ? '' : `${drawBar(fraction)} `;
    // A terminal that does not know its width says 0.
    if (stderr.isTTY) stderr.write(CLEAR + (bar + line).slice(0, (stderr.columns || 80) - 1));
    else stderr.write(`${line}  (${formatDuration(performance.now() - started)})\n`);
  };
  if (stderr.isTTY) paint();
  const timer = setInterval(paint, stderr.isTTY ? REPAINT : LINE);
  return {
    stop() {
      clearInterval(timer);
      if (stderr.isTTY) stderr.write(CLEAR);
    },
  };
}

function drawBar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * CELLS);
  return '█'.repeat(full) + '░'.repeat(CELLS - full);
}
