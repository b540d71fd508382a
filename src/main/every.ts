// Looks at something again and again, one look at a time.
import type { Log } from '../domain/ports.ts';

/**
 * Looks every so many milliseconds, unless the look before is still under way.
 * @param failed what the log says of a look that throws; the next one tries again
 * @returns `look` looks now, `stop` looks no more and waits for the look in hand
 */
export function every(ms: number, look: () => Promise<void>, failed: string, log: Log): { look(): void; stop(): Promise<void> } {
  let looking: Promise<void> | undefined;
  function begin(): void {
    looking ??= look()
      .catch((error) => log.warn({ err: error }, `${failed}; trying again`))
      .finally(() => (looking = undefined));
  }
  const timer = setInterval(begin, ms);
  return {
    look: begin,
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
