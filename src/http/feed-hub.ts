// The feed's hub: what the ledger announces is read once and handed to every subscriber.
import type { ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/ports.ts';
import type { KnownOriginal } from '../ledger/originals.ts';
import type { KnownRun } from '../ledger/runs.ts';

const HEARTBEAT_MS = 15_000;
/** Subscribers at once; each costs a connection and a little memory. */
const MAX_SUBSCRIBERS = 200;
/** Bytes that a subscriber may leave unread before it is dropped. */
const MAX_UNREAD = 1_000_000;
/** Rows read in one go. */
const BATCH = 100;
/** Events may come by the hundred: of them it is said at most this often that there are some, in milliseconds. */
const EVENTS_MS = 250;
/** Announced and not read yet; beyond that subscribers fetch for themselves. */
const MAX_BACKLOG = 2000;

export interface FeedSource {
  readOriginals(ids: number[]): Promise<KnownOriginal[]>;
  readRuns(ids: number[]): Promise<KnownRun[]>;
  presentObject(original: KnownOriginal): unknown;
  presentRun(run: KnownRun): unknown;
  /** Whether this request's session or token still holds. */
  isWelcome(request: FastifyRequest): Promise<boolean>;
}

export interface FeedHub {
  /** @returns what begins the feed on the raw response @throws Fault `unavailable` where there are too many subscribers */
  admit(request: FastifyRequest): (response: ServerResponse) => void;
  onOriginals(ids: number[]): void;
  onRuns(ids: number[]): void;
  onEvents(): void;
  onGap(): void;
  close(): void;
}

export function openFeedHub(source: FeedSource, log: Log): FeedHub {
  const subscribers = new Map<ServerResponse, FastifyRequest>();
  const originals = new Set<number>();
  const runs = new Set<number>();
  let reading = false;
  let gathering: NodeJS.Timeout | undefined;

  const heartbeat = setInterval(() => {
    broadcast(': still here\n\n');
    // A feed outlives the request that began it, but not the token that it was begun with.
    for (const [response, request] of subscribers) {
      source.isWelcome(request).then(
        (welcome) => void (welcome || response.end()),
        // The database is away: that ends no session.
        () => {},
      );
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  function broadcast(text: string): void {
    for (const response of subscribers.keys()) {
      if (response.writableLength <= MAX_UNREAD) {
        response.write(text);
        continue;
      }
      // Whoever does not read would have us keep everything for them.
      log.info({ unread: response.writableLength }, 'a subscriber of the feed does not read and is dropped');
      response.destroy();
    }
  }

  function hear(into: Set<number>, ids: number[]): void {
    if (subscribers.size === 0) return;
    for (const id of ids) into.add(id);
    if (into.size > MAX_BACKLOG) {
      into.clear();
      broadcast(message('resync', {}));
    }
    void drain();
  }

  /** While one batch is read, the next gathers: an object that changes often is shown as it is, not as often as it was. */
  async function drain(): Promise<void> {
    if (reading) return;
    reading = true;
    try {
      while (originals.size > 0 || runs.size > 0) {
        const changed = await source.readOriginals(take(originals));
        const moved = await source.readRuns(take(runs));
        if (changed.length > 0) broadcast(changed.map((row) => message('object', source.presentObject(row))).join(''));
        if (moved.length > 0) broadcast(moved.map((row) => message('run', source.presentRun(row))).join(''));
      }
    } catch (error) {
      log.warn({ err: error }, 'the feed could not read what changed');
      broadcast(message('resync', {}));
    } finally {
      reading = false;
    }
  }

  return {
    admit(request) {
      if (subscribers.size >= MAX_SUBSCRIBERS) {
        throw new Fault('unavailable', `${MAX_SUBSCRIBERS} others follow the feed already`, { mend: 'try again later' });
      }
      return (response) => {
        response.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          // Buffering proxies would keep events to themselves.
          'x-accel-buffering': 'no',
        });
        response.write('retry: 2000\n: welcome\n\n');
        subscribers.set(response, request);
        response.on('close', () => subscribers.delete(response));
        response.on('error', () => subscribers.delete(response));
      };
    },
    onOriginals: (ids) => hear(originals, ids),
    onRuns: (ids) => hear(runs, ids),
    onEvents() {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        broadcast(message('events', {}));
      }, EVENTS_MS);
    },
    onGap: () => broadcast(message('resync', {})),
    close() {
      clearInterval(heartbeat);
      clearTimeout(gathering);
      for (const response of subscribers.keys()) response.end();
    },
  };
}

/** JSON holds no line break, so one `data` line is enough. */
function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function take(from: Set<number>): number[] {
  const taken = [...from].slice(0, BATCH);
  for (const id of taken) from.delete(id);
  return taken;
}
