// Asks an address outside within bounds of time and size, and follows nobody elsewhere.
import { Fault } from '../../domain/fault.ts';

/** The part of `fetch` that is used, so that tests can stand in for the world. */
export type Fetch = (
  url: string,
  init: { method?: string; redirect: 'error' | 'manual'; signal: AbortSignal },
) => Promise<Response>;

const TIMEOUT_MS = 5000;
const MAX_BYTES = 64 * 1024;

/**
 * GETs text.
 * @param what it is, for faults
 * @throws Fault `unavailable` where it is not to be had, or not in time
 */
export async function fetchText(fetch: Fetch, url: string, what: string): Promise<string> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await readBounded(response);
  } catch (error) {
    throw new Fault('unavailable', `${what} cannot be fetched now`, { cause: error, mend: 'try again in a moment' });
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
