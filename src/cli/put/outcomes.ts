// Waits until uploaded objects are settled, by the feed and without asking again and again.
import type { StoredObject } from '../../../sdk/client.ts';
import { objectName } from '../../domain/object-hint.ts';
import type { Connection } from '../connect.ts';
import type { Sent } from './sender.ts';

/** An object that is settled, or the reason why nothing becomes of it. */
export type Outcome = { object: StoredObject } | { ignored: string };

export interface Outcomes {
  /** Resolves when everything that its pipelines want of the object is made or given up. Ask when it is in the store. */
  of(sent: Sent): Promise<Outcome>;
  close(): void;
}

/** Questions under way at once after the feed has missed something. */
const QUESTIONS = 8;

/** Follows the feed; resolves once it is heard, so that nothing which is uploaded afterwards can be missed. */
export async function openOutcomes(connection: Connection, signal: AbortSignal): Promise<Outcomes> {
  const closing = new AbortController();
  const waiting = new Map<string, PromiseWithResolvers<Outcome> & { sent: Sent }>();
  const listening = Promise.withResolvers<void>();
  let failed: unknown;

  void follow();
  await listening.promise;

  async function follow(): Promise<void> {
    try {
      for await (const event of connection.follow(AbortSignal.any([signal, closing.signal]))) {
        if (event.type === 'object') settle(event.data);
        if (event.type !== 'resync') continue;
        listening.resolve();
        // What happened before this connection is asked for; meanwhile the feed is read on.
        void askAgain();
      }
      failed = signal.reason ?? new Error('the feed is closed');
    } catch (error) {
      failed = error;
    }
    listening.reject(failed);
    for (const { reject } of waiting.values()) reject(failed);
  }

  function settle(object: StoredObject): void {
    if (object.state === 'pending') return;
    const name = objectName(object.bucket, object.key);
    waiting.get(name)?.resolve({ object });
    waiting.delete(name);
  }

  async function askAgain(): Promise<void> {
    const open = [...waiting.values()];
    await Promise.all(
      Array.from({ length: QUESTIONS }, async () => {
        for (let one = open.pop(); one; one = open.pop()) await look(one.sent).catch(one.reject);
      }),
    );
  }

  /** As things stand. The feed was on before, so whatever comes after this is told by it. */
  async function look({ bucket, key }: Sent): Promise<void> {
    const { pixmill, ask } = connection;
    const { object, pipelines } = await ask(pixmill.GET('/api/v1/history', { params: { query: { bucket, key } } }));
    if (object) return settle(object);
    if (pipelines.some(({ takes }) => takes)) return;
    const name = objectName(bucket, key);
    waiting.get(name)?.resolve({ ignored: pipelines.map((pipeline) => `${pipeline.name}: ${pipeline.why}`).join('; ') });
    waiting.delete(name);
  }

  return {
    async of(sent) {
      if (failed !== undefined) throw failed;
      const outcome = { ...Promise.withResolvers<Outcome>(), sent };
      waiting.set(objectName(sent.bucket, sent.key), outcome);
      await look(sent);
      return outcome.promise;
    },
    close: () => closing.abort(),
  };
}
