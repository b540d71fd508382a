// Wires everything: starts, drains and stops the server.
import { join, resolve } from 'node:path';
import { type Accounts, openAccounts } from './accounts/accounts.ts';
import type { Environment } from './config/env.ts';
import { type Config, loadConfig } from './config/load.ts';
import type { Log } from './domain/ports.ts';
import { openHttp } from './http/server.ts';
import { fingerprint } from './imaging/fingerprint.ts';
import { openImaging } from './imaging/imaging.ts';
import { openIntake, receiveAlone } from './intake/receive.ts';
import { cancelRun, createRun } from './intake/run.ts';
import { migrateUp } from './ledger/migrate.ts';
import { openTokens } from './ledger/tokens.ts';
import { prepareDataFolder, readLocal, writeLocal } from './main/data-folder.ts';
import { openConfiguredDatabase } from './main/database.ts';
import { listening } from './main/listening.ts';
import { packageFolder } from './main/package.ts';
import { reachable } from './main/reachable.ts';
import { openStorage } from './main/storage.ts';
import { startWork } from './main/work.ts';
import { openQueue } from './queue/queue.ts';
import type { Worker } from './queue/worker.ts';
import { openMetrics } from './telemetry/metrics.ts';

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

/** Starts everything in order, and stops what is already up where a later part cannot start. */
export async function serve(environment: Environment, version: string, log: Log): Promise<Server> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one().catch((error) => log.warn({ err: error }, 'stopping'));
  };
  try {
    return await start({ ...environment, data: resolve(environment.data) }, version, log, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  environment: Environment,
  version: string,
  log: Log,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Server> {
  const config = await loadConfig(environment.config, process.cwd(), fingerprint);
  await prepareDataFolder(environment.data);

  const database = await openConfiguredDatabase(environment, log, () => {
    log.error({ data: environment.data }, 'another Pixmill has taken the data folder; stopping');
    process.kill(process.pid, 'SIGTERM');
  });
  stops.push(database.close);
  await migrateUp(database.db);

  const queue = await openQueue(database.pool, database.alone, log);
  stops.push(queue.stop);
  // Whatever was under way when the last process died here waits for nobody.
  if (database.alone) await queue.reclaim();
  await queue.schedule(sweepsOf(config));

  const { limits, watermarks } = config;
  const imaging = await openImaging({ limits, watermarks, log, ...(environment.slots && { slots: environment.slots }) });
  stops.push(imaging.stop);

  let worker: Worker | undefined;
  const wake = () => worker?.wake();
  const receive = openIntake(config.pipelines, queue.enqueue);
  const storage = await openStorage(environment, database, config.pipelines, { receive, wake }, log);
  stops.push(storage.close);

  const { store } = storage;
  const metrics = openMetrics(queue.depth);
  worker = startWork({ db: database.db, queue, store, imaging, config, metrics, log });
  stops.push(worker.stop);

  const accounts = openAccounts(openTokens(database.db));
  const http = await openHttp({
    db: database.db,
    pool: database.pool,
    address: database.address,
    config,
    environment,
    store,
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
      wake();
    },
    startRun: (pipeline, trigger) => createRun(database.db, pipeline, trigger, queue.enqueueRun),
    cancelRun: (id) => cancelRun(database.db, id),
    depth: queue.depth,
  });
  stops.push(http.close);
  const { port } = await listening('PORT', environment.port, () => http.listen(environment.host, environment.port));

  const url = `http://${reachable(environment.host)}:${port}`;
  const s3 = storage.endpointFor(new URL(url).host);
  await writeLocal(environment.data, {
    url,
    token: await localToken(environment, accounts),
    ...(storage.local && { s3: { endpoint: s3, ...storage.local } }),
  });
  const signInLink = (await hasSignedIn(accounts)) ? undefined : `${url}/sign-in?token=${(await accounts.createLink()).secret}`;
  return { url, s3, signInLink, stop };
}

function sweepsOf(config: Config): Map<string, string> {
  return new Map(config.pipelines.flatMap(({ name, sweep }) => (sweep === undefined ? [] : [[name, sweep]])));
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
