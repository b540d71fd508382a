// Listens for changes that transactions announce, on a connection of its own that comes back by itself.
import pg from 'pg';
import type { Log } from '../domain/ports.ts';
import { clientConfig, type DatabaseAddress } from './database.ts';

const CHANNEL = 'pixmill_feed';

/** Pause before a connection is tried again, in milliseconds; doubled up to the second figure. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A connection that a firewall has dropped says nothing, so it is asked now and then. */
const PROBE_MS = 30_000;

export interface FeedListener {
  onOriginals(ids: number[]): void;
  onRuns(ids: number[]): void;
  /** Events were received, or answered. */
  onEvents(): void;
  /** The connection was lost and is back: what was announced meanwhile was missed. */
  onGap(): void;
}

export interface Feed {
  /** Resolves once the connection listens for the first time. */
  listening: Promise<void>;
  close(): Promise<void>;
}

/** Starts to listen. Faults of the connection are logged, and it is opened again after a growing pause. */
export function openFeed(address: DatabaseAddress, listener: FeedListener, log: Log): Feed {
  const closing = new AbortController();
  let client: pg.Client | undefined;
  let listened: () => void = () => {};
  const listening = new Promise<void>((resolve) => {
    listened = resolve;
  });

  async function follow(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    let before = false;
    while (!closing.signal.aborted) {
      try {
        client = new pg.Client({ ...clientConfig(address), keepAlive: true });
        const ended = untilEnd(client, closing.signal);
        client.on('notification', ({ payload }) => hear(payload, listener, log));
        await client.connect();
        await client.query(`LISTEN ${CHANNEL}`);
        if (before) listener.onGap();
        before = true;
        pause = FIRST_PAUSE_MS;
        listened();
        await ended;
      } catch (error) {
        if (!closing.signal.aborted) log.warn({ err: error, pause }, 'the feed lost its connection; opening it again');
      } finally {
        await client?.end().catch(() => {});
      }
      await sleep(pause, closing.signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  const following = follow();
  return {
    listening,
    async close() {
      closing.abort();
      await client?.end().catch(() => {});
      await following;
    },
  };
}

/** Rejects when the connection breaks or no longer answers; resolves when it is closed. */
function untilEnd(client: pg.Client, closing: AbortSignal): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    const probe = setInterval(() => {
      client.query({ text: 'SELECT 1', query_timeout: PROBE_MS } as pg.QueryConfig).catch(reject);
    }, PROBE_MS);
    const settle = (error?: Error) => {
      clearInterval(probe);
      if (error) reject(error);
      else if (closing.aborted) resolve();
      else reject(new Error('the server closed the connection'));
    };
    client.on('error', settle);
    client.on('end', () => settle());
    closing.addEventListener('abort', () => settle());
  });
  // Where connecting fails, nobody comes to await this one.
  ended.catch(() => {});
  return ended;
}

function hear(payload: string | undefined, listener: FeedListener, log: Log): void {
  try {
    const { originals, runs, events } = JSON.parse(payload ?? '{}') as {
      originals?: number[];
      runs?: number[];
      events?: boolean;
    };
    if (originals) listener.onOriginals(originals);
    if (runs) listener.onRuns(runs);
    if (events) listener.onEvents();
  } catch (error) {
    log.warn({ err: error }, 'the feed heard something that is no message of it');
  }
}

/** Ends early where the feed is closed. */
function sleep(ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (closing.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    closing.addEventListener('abort', done);
  });
}
