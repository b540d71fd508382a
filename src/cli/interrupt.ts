// Ctrl-C and its relatives: the first asks a command to end, the second ends it.
import { constants } from 'node:os';

/**
 * Milliseconds in which a signal counts as the same one. A terminal sends Ctrl-C to every process of the command line, and
 * npm, which started us, hands it on once more.
 */
const SAME = 500;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupt {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** 128 and the number of the signal that came first: 130 after Ctrl-C. */
  readonly exitCode: number;
  /** From now on signals end the process at once, as without us. */
  dispose(): void;
}

/** Takes the signals over. A second one, other than an echo of the first, ends the process. */
export function takeInterrupts(): Interrupt {
  const controller = new AbortController();
  let exitCode = 0;
  let at = 0;
  const onSignal = (name: NodeJS.Signals) => {
    const code = 128 + constants.signals[name];
    const now = performance.now();
    if (controller.signal.aborted) {
      if (now - at > SAME) process.exit(code);
      return;
    }
    exitCode = code;
    at = now;
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    dispose() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
