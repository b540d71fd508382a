// What every process has that works on pictures, with or without a page: configuration, database, queue, renderer, store, worker.
import type { Environment } from '../config/env.ts';
import { type Config, loadConfig } from '../config/load.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Imaging, Log } from '../domain/ports.ts';
import { fingerprint } from '../imaging/fingerprint.ts';
import { openImaging } from '../imaging/imaging.ts';
import { openIntake, type Receive } from '../intake/receive.ts';
import type { MessageServices } from '../intake/receive-messages.ts';
import { migrateUp } from '../ledger/migrate.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import type { Worker } from '../queue/worker.ts';
import { type Metrics, openMetrics } from '../telemetry/metrics.ts';
import { prepareDataFolder } from './data-folder.ts';
import { type OpenedDatabase, openConfiguredDatabase } from './database.ts';
import { announceTo, type OutHooks, startOutHooks } from './out-hooks.ts';
import { readVersion } from './package.ts';
import type { Stops } from './start-all.ts';
import { type OpenedStorage, openStorage } from './storage.ts';
import { startWork } from './work.ts';

export interface Core {
  config: Config;
  database: OpenedDatabase;
  queue: Queue;
  imaging: Imaging;
  storage: OpenedStorage;
  receive: Receive;
  /** What takes in messages. */
  messages: MessageServices;
  metrics: Metrics;
  worker: Worker;
  outHooks: OutHooks;
}

/**
 * Opens everything and starts to work.
 * @param environment with the absolute path of the data folder
 * @param onOutcome called with each outcome that this process has recorded
 */
export async function openCore(
  environment: Environment,
  log: Log,
  stops: Stops,
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<Core> {
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
  const receive = openIntake(config.pipelines, queue.enqueue);
  const intake = { receive, wake: () => worker?.wake() };
  const storage = await openStorage(environment, database, config.pipelines, intake, log);
  stops.push(storage.close);

  const metrics = openMetrics(queue.depth);
  const { deliveries } = queue;
  const hooks = config.hooks.out;
  const outHooks = startOutHooks({ hooks, deliveries, version: readVersion(), tried: metrics.delivered, log });
  stops.push(outHooks.stop);
  const announce = announceTo(hooks, deliveries);
  const recorded = (outcome: Outcome) => {
    metrics.recorded(outcome);
    onOutcome(outcome);
    outHooks.wake();
  };
  worker = startWork({ db: database.db, queue, store: storage.store, imaging, config, announce, recorded, log });
  stops.push(worker.stop);
  const { enqueue, enqueueRun } = queue;
  const messages = { db: database.db, pipelines: config.pipelines, enqueue, enqueueRun, wake: worker.wake, log };
  return { config, database, queue, imaging, storage, receive, messages, metrics, worker, outHooks };
}

function sweepsOf(config: Config): Map<string, string> {
  return new Map(config.pipelines.flatMap(({ name, sweep }) => (sweep === undefined ? [] : [[name, sweep]])));
}
