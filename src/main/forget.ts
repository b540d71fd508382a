// Keeps history from growing without end: whichever process comes first forgets what is older than the configuration says.
import { forgetBatch } from '../ledger/forget.ts';
import { every } from './every.ts';
import type { WorkServices } from './work.ts';

const LOOK_MS = 60_000;
const DAY_MS = 86_400_000;

/** Starts looking, at once and then every minute. `stop` waits for the batch in hand. */
export function startForgetting({ db, config, log }: Pick<WorkServices, 'db' | 'config' | 'log'>): { stop(): Promise<void> } {
  let stopping = false;

  async function forget(): Promise<void> {
    const before = new Date(Date.now() - config.history.days * DAY_MS);
    let behind = await forgetBatch(db, before);
    while (behind && !stopping) behind = await forgetBatch(db, before, behind);
  }

  const looker = every(LOOK_MS, forget, 'old history could not be forgotten', log);
  looker.look();
  return {
    async stop() {
      stopping = true;
      await looker.stop();
    },
  };
}
