// Starts what a process consists of, and stops it in the opposite order.
import type { Log } from '../domain/ports.ts';

/** What has to be stopped, in the order in which it was started. */
export type Stops = (() => Promise<void>)[];

/** Starts things in order, and stops what is already up where a later one cannot start. @returns with `stop` for all of them */
export async function startAll<Started>(
  log: Log,
  start: (stops: Stops) => Promise<Started>,
): Promise<Started & { stop(): Promise<void> }> {
  const stops: Stops = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one().catch((error) => log.warn({ err: error }, 'stopping'));
  };
  try {
    return { ...(await start(stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
