// Tells others: announces changes within the transaction that records them, and delivers what was announced.
import type { OutHookConfig } from '../config/out-hooks-schema.ts';
import type { RenditionChange } from '../domain/change.ts';
import type { Log } from '../domain/ports.ts';
import type { Announce } from '../ledger/record.ts';
import { type CloudEvent, cloudEventOf } from '../outhooks/event.ts';
import { type Sent, send } from '../outhooks/send.ts';
import type { Deliveries, DeliveryJob } from '../queue/deliveries.ts';
import type { Claimed } from '../queue/queue.ts';

/** How often a process looks for deliveries that have fallen due, in milliseconds. */
const LOOK_MS = 1000;
/** Requests of one process at once. */
const AT_ONCE = 64;

export interface OutHookServices {
  hooks: OutHookConfig[];
  deliveries: Deliveries;
  version: string;
  /** A try has ended. */
  tried(result: DeliveryResult): void;
  log: Log;
  /** Milliseconds until a receiver must have answered, where that is not as usual. */
  timeoutMs?: number;
}

export type DeliveryResult = 'delivered' | 'retried' | 'failed';

export interface OutHooks {
  /** Something may have been announced: look now rather than at the next tick. */
  wake(): void;
  /** True where nothing is due here or elsewhere; what was put off does not count. */
  isIdle(): Promise<boolean>;
  /** Takes no more, and waits for the answers that are under way. */
  stop(): Promise<void>;
}

/** @returns what queues a delivery for each event and receiver; undefined where nobody wants to be told */
export function announceTo(hooks: OutHookConfig[], deliveries: Pick<Deliveries, 'enqueue'>): Announce | undefined {
  if (hooks.length === 0) return undefined;
  return async (tx, changes) => {
    const at = new Date();
    const jobs = changes.flatMap((change): DeliveryJob[] => {
      const wanting = hooks.filter((hook) => wants(hook, change));
      if (wanting.length === 0) return [];
      const event = cloudEventOf(change, at);
      return wanting.map(({ url }) => ({ url, event }));
    });
    if (jobs.length > 0) await deliveries.enqueue(tx, jobs);
  };
}

function wants({ on, pipelines }: OutHookConfig, { kind, pipeline }: RenditionChange): boolean {
  return (on?.includes(kind) ?? true) && (pipelines?.includes(pipeline) ?? true);
}

/** Starts delivering. Where nobody is to be told it does nothing at all. */
export function startOutHooks(services: OutHookServices): OutHooks {
  const { hooks, deliveries, log } = services;
  if (hooks.length === 0) return { wake() {}, isIdle: async () => true, stop: async () => {} };
  const underWay = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let woken = false;
  let stopping = false;

  async function look(): Promise<void> {
    while (woken && !stopping && underWay.size < AT_ONCE) {
      woken = false;
      const jobs = await deliveries.claim(AT_ONCE - underWay.size);
      // There may be more of receivers that this claim did not come to.
      if (jobs.length > 0) woken = true;
      for (const job of jobs) {
        const trying = deliver(services, job as Claimed<DeliveryJob & { event: CloudEvent }>)
          .catch((error) => log.warn({ err: error, event: job.data.event.id }, 'a delivery could not be settled; it comes back'))
          .finally(() => {
            underWay.delete(trying);
            wake();
          });
        underWay.add(trying);
      }
    }
  }

  function wake(): void {
    woken = true;
    if (stopping) return;
    looking ??= look()
      .catch((error) => log.warn({ err: error }, 'looking for deliveries failed; trying again'))
      .finally(() => {
        looking = undefined;
        // A wake that came after the last look and before this line must not be lost.
        if (woken && underWay.size < AT_ONCE) wake();
      });
  }

  const ticker = setInterval(wake, LOOK_MS);
  return {
    wake,
    isIdle: deliveries.isIdle,
    async stop() {
      stopping = true;
      clearInterval(ticker);
      await looking;
      await Promise.all(underWay);
    },
  };
}

async function deliver(services: OutHookServices, job: Claimed<DeliveryJob & { event: CloudEvent }>): Promise<void> {
  const { hooks, deliveries, version, timeoutMs, tried, log } = services;
  const { url, event } = job.data;
  const hook = hooks.find((candidate) => candidate.url === url);
  const started = performance.now();
  const sent: Sent = hook ? await send(event, hook, { version, timeoutMs }) : { result: 'later', reason: UNDECLARED, seconds: 0 };
  const line = {
    ...{ event: event.id, type: event.type, subject: event.subject, url: withoutQuery(url), attempt: job.retryCount + 1 },
    ms: Math.round(performance.now() - started),
  };
  if (sent.result === 'delivered') {
    await deliveries.complete(job);
    tried('delivered');
    log.debug(line, 'event delivered');
    return;
  }
  const again = sent.result === 'later' && (await deliveries.putOff(job, sent.reason, sent.seconds));
  if (sent.result === 'never') await deliveries.giveUp(job, sent.reason);
  tried(again ? 'retried' : 'failed');
  log.warn({ ...line, reason: sent.reason }, again ? 'event not delivered; trying again later' : 'event given up');
}

/** Another process may know it, or this one after its configuration was corrected. */
const UNDECLARED = 'no out-hook of the configuration has this URL any more';

/** What stands behind the question mark may be a secret of the receiver. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
