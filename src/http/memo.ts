// Shares the answer to a costly question among those who ask at about the same time.

/** An answer is kept for so many times what it took to find: asking then takes a tenth of somebody's time at most. */
const WORTH = 9;

/** @returns a function that keeps an answer for `ms` milliseconds, longer where it was hard to find; a failed one not at all */
export function memo<Answer>(ms: number, ask: () => Promise<Answer>): () => Promise<Answer> {
  let held: Promise<Answer> | undefined;
  let until = 0;
  return () => {
    if (held && performance.now() < until) return held;
    const asked = ask();
    const began = performance.now();
    held = asked;
    until = Number.POSITIVE_INFINITY;
    asked.then(
      () => {
        const now = performance.now();
        until = now + Math.max(ms, (now - began) * WORTH);
      },
      () => {
        held = undefined;
      },
    );
    return asked;
  };
}
