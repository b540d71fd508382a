// A server for tests of events: with a sender's token, with the world outside played by the test, and with what was heard.
import { compileConfig } from '../src/config/load.ts';
import type { HttpServices } from '../src/http/services.ts';
import { fingerprint } from '../src/imaging/fingerprint.ts';
import { CONFIG, startTestServer } from './http-server.ts';

export interface Sent {
  url?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** @param hooks as the configuration says it */
export async function startHookServer(hooks: object, overrides: Partial<HttpServices> = {}) {
  const asked: string[] = [];
  const world: Record<string, string> = {};
  const fetch: HttpServices['fetch'] = async (url) => {
    asked.push(url);
    return url in world ? new Response(world[url]) : new Response('', { status: 404 });
  };
  const config = await compileConfig({ ...CONFIG, hooks }, '/config.ts', fingerprint);
  const server = await startTestServer({ config, fetch, ...overrides });
  const { db, pool, accounts } = server.services;
  // Where the accounts are of a database that is away there is none.
  const hook = await accounts.createHookToken('minio').catch(() => ({ secret: `pxh_${'A'.repeat(43)}`, id: 0 }));
  const recorded = () => db.selectFrom('event').selectAll().orderBy('id').execute();

  return {
    ...server,
    hook,
    /** What was asked of the world outside, by address. */
    asked,
    /** What it answers there; elsewhere it has nothing. */
    world,
    /** Sends an event, with the sender's token unless the headers say otherwise. */
    send({ url = '/hooks/events', headers = { authorization: `Bearer ${hook.secret}` }, body = '' }: Sent = {}) {
      const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      return server.app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload });
    },
    /** The history, oldest first. */
    recorded,
    /** What was heard and is to be looked at, oldest first. */
    async heard(): Promise<string[]> {
      const events = (await recorded()).filter(({ key, result }) => key !== null && result === null);
      return events.map(({ kind, bucket, key }) => `${kind} ${bucket}/${key}`);
    },
    /** Forgets what was heard, asked and logged. */
    async forget(): Promise<void> {
      asked.length = 0;
      server.lines.length = 0;
      await pool.query('TRUNCATE event, original, run CASCADE');
    },
  };
}

export const PLAIN = { bucket: 'pictures', key: 'a.png' };

/** As AWS tells of it. */
export function s3Event(...keys: string[]) {
  return {
    Records: keys.map((key) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'pictures' }, object: { key, size: 3, eTag: 'e' } },
    })),
  };
}
