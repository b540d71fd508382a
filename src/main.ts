// Wires the server: starts, drains and stops it.
import { join, resolve } from 'node:path';
import { type Accounts, openAccounts } from './accounts/accounts.ts';
import type { Environment } from './config/env.ts';
import type { Log } from './domain/ports.ts';
import { openHttp } from './http/server.ts';
import { receiveAlone } from './intake/receive.ts';
import { receiveMessages, rejectMessage } from './intake/receive-messages.ts';
import { cancelRun, createRun } from './intake/run.ts';
import { openTokens } from './ledger/tokens.ts';
import { openCore } from './main/core.ts';
import { readLocal, writeLocal } from './main/data-folder.ts';
import { listening } from './main/listening.ts';
import { packageFolder } from './main/package.ts';
import { startQueues } from './main/queues.ts';
import { reachable } from './main/reachable.ts';
import { type Stops, startAll } from './main/start-all.ts';

export interface Server {
  /** Where the page is. */
  url: string;
  /** Where the built-in S3 endpoint is, or the foreign store. */
  s3: string;
  /** A one-time link that signs the administrator in; printed until somebody has signed in. */
  signInLink: string | undefined;
  /** Takes no more, finishes what is under way, stops everything. */
  stop(): Promise<void>;
}

/** Starts everything: the page and the API on top of what works on pictures. */
export async function serve(environment: Environment, version: string, log: Log): Promise<Server> {
  return startAll(log, (stops) => start({ ...environment, data: resolve(environment.data) }, version, log, stops));
}

async function start(environment: Environment, version: string, log: Log, stops: Stops): Promise<Omit<Server, 'stop'>> {
  const core = await openCore(environment, log, stops);
  const { config, database, queue, imaging, storage, receive, messages, metrics, worker, outHooks } = core;
  if (config.hooks.open) log.warn({}, 'hooks.open is set: events are taken from anybody who reaches this server');

  const accounts = openAccounts(openTokens(database.db));
  const http = await openHttp({
    db: database.db,
    pool: database.pool,
    address: database.address,
    config,
    environment,
    store: storage.store,
    imaging,
    accounts,
    accessKeys: storage.accessKeys,
    metrics,
    log,
    version,
    webFolder: join(packageFolder(), 'dist/web'),
    s3Endpoint: storage.endpointFor,
    async hint(hints) {
      await receiveAlone(database.db, receive, hints);
      worker.wake();
    },
    receiveMessages: (received, from) => receiveMessages(messages, received, from),
    rejectMessage: (from, reason, kind) => rejectMessage(messages, from, reason, kind),
    fetch,
    receive,
    wake: worker.wake,
    startRun: (pipeline, trigger) => createRun(database.db, pipeline, trigger, queue.enqueueRun),
    cancelRun: (id) => cancelRun(database.db, id),
    deliveries: {
      list: queue.deliveries.list,
      async redrive(which) {
        const redriven = await queue.deliveries.redrive(which);
        outHooks.wake();
        return redriven;
      },
    },
    depth: queue.depth,
  });
  stops.push(http.close);
  const { port } = await listening('PORT', environment.port, () => http.listen(environment.host, environment.port));
  stops.push(startQueues(config.queues, messages, environment.region));

  const url = `http://${reachable(environment.host)}:${port}`;
  const s3 = storage.endpointFor(new URL(url).host);
  await writeLocal(environment.data, {
    url,
    token: await localToken(environment, accounts),
    ...(storage.local && { s3: { endpoint: s3, ...storage.local } }),
    ...('host' in database.address && { database: database.address }),
  });
  const signInLink = (await hasSignedIn(accounts)) ? undefined : `${url}/sign-in?token=${(await accounts.createLink()).secret}`;
  return { url, s3, signInLink };
}

/** The token by which commands on this machine speak to the server: the one from last time while it is good. */
async function localToken(environment: Environment, accounts: Accounts): Promise<string> {
  const last = (await readLocal(environment.data))?.token;
  if (last && (await accounts.identify('api', last))) return last;
  return (await accounts.createApiToken('commands on this machine')).secret;
}

async function hasSignedIn(accounts: Accounts): Promise<boolean> {
  return (await accounts.list()).some(({ kind }) => kind === 'session');
}
