// Sends many files, several at once, and waits for what becomes of them where that is wanted.
import { Fault } from '../../domain/fault.ts';
import type { LocalFile } from './files.ts';
import type { Outcomes } from './outcomes.ts';
import type { Uploaded } from './report.ts';
import type { Sender } from './sender.ts';

/** Files sent at once. */
const AT_ONCE = 6;

/** How far it has come; kept up to date while it goes on. */
export interface Tally {
  /** Bytes that have arrived. */
  bytes: number;
  /** Files that have arrived. */
  sent: number;
  /** Objects that are settled. */
  settled: number;
}

export interface Uploading {
  uploaded: Uploaded[];
  /** One for each file that did not arrive, and one where the others could not be waited for. */
  faults: Fault[];
  /** Milliseconds until the last file had arrived. */
  ms: number;
}

/**
 * Uploads everything; what goes wrong with one file stops none of the others. Ends early where the signal is aborted.
 * @param outcomes where each object is waited for
 */
export async function uploadAll(
  files: LocalFile[],
  sender: Sender,
  outcomes: Outcomes | undefined,
  tally: Tally,
  signal: AbortSignal,
): Promise<Uploading> {
  const uploaded: Uploaded[] = [];
  const faults: Fault[] = [];
  const settling: Promise<void>[] = [];
  const lost: unknown[] = [];
  const rest = files.values();

  async function sendRest(): Promise<void> {
    for (const file of rest) {
      if (signal.aborted) return;
      try {
        uploaded.push(await sendOne(file));
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Fault)) throw error;
        faults.push(error);
      }
    }
  }

  async function sendOne(file: LocalFile): Promise<Uploaded> {
    let arrived = 0;
    const onBytes = (bytes: number) => {
      tally.bytes += bytes - arrived;
      arrived = bytes;
    };
    const sent = await sender.send(file, onBytes, signal);
    onBytes(file.size);
    tally.sent++;
    const one: Uploaded = { file, sent, outcome: undefined };
    // Noted rather than thrown: nobody awaits it before everything is sent.
    if (outcomes) settling.push(settle(one, outcomes).catch((error) => void lost.push(error)));
    return one;
  }

  async function settle(one: Uploaded, outcomes: Outcomes): Promise<void> {
    one.outcome = await outcomes.of(one.sent);
    tally.settled++;
  }

  const started = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, sendRest));
  const ms = performance.now() - started;
  await Promise.all(settling);
  // All of them wait on the one feed, so one reason is enough; what was uploaded is told all the same.
  const [reason] = lost;
  if (reason instanceof Fault) faults.push(reason);
  else if (reason !== undefined && !signal.aborted) throw reason;
  return { uploaded, faults, ms };
}
