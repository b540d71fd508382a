// The store: the built-in S3 endpoint in the data folder, or anybody's S3.
import type { Environment } from '../config/env.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { AccessKeys, Log, Store } from '../domain/ports.ts';
import type { Receive } from '../intake/receive.ts';
import { type LocalStore, openLocalStore } from '../localstore/local-store.ts';
import { openStore } from '../store/s3.ts';
import { storeFolder } from './data-folder.ts';
import type { OpenedDatabase } from './database.ts';
import { listening } from './listening.ts';
import { reachable } from './reachable.ts';

export interface OpenedStorage {
  store: Store;
  /** Region and key of the built-in endpoint; undefined with a foreign store. */
  local: { region: string; accessKeyId: string; secretAccessKey: string } | undefined;
  /** Of the built-in endpoint; undefined with a foreign store. */
  accessKeys: AccessKeys | undefined;
  /** Where browsers that see us as this host reach the store. */
  endpointFor(requestHost: string): string;
  close(): Promise<void>;
}

/** Starts the endpoint, or makes a client of the foreign store, and sees to the buckets that the pipelines name. */
export async function openStorage(
  environment: Environment,
  database: OpenedDatabase,
  pipelines: Pipeline[],
  intake: { receive: Receive; wake(): void },
  log: Log,
): Promise<OpenedStorage> {
  const buckets = new Set(
    pipelines.flatMap(({ source, renditions }) => [source.bucket, ...renditions.map(({ to }) => to.bucket)]),
  );
  if (environment.s3) {
    const store = openStore({ ...environment.s3, credentials: undefined });
    await warnOfMissing(store, buckets, log);
    const { endpoint, region } = environment.s3;
    const reached = environment.publicS3Url ?? endpoint ?? `https://s3.${region}.amazonaws.com`;
    return { store, local: undefined, accessKeys: undefined, endpointFor: () => reached, close: async () => {} };
  }
  const endpoint = await startEndpoint(environment, database, intake, log);
  try {
    for (const bucket of buckets) await endpoint.store.createBucket(bucket);
  } catch (error) {
    // An endpoint that goes on listening would keep the process alive that could not start.
    await endpoint.store.close();
    throw error;
  }
  const { port, accessKeyId, secretAccessKey } = endpoint;
  const credentials = { accessKeyId, secretAccessKey };
  const region = environment.s3Region;
  const remote = openStore({ endpoint: `http://${reachable(environment.host)}:${port}`, region, credentials });
  const store: Store = {
    ...remote,
    get: (bucket, object, options) => readLocally(endpoint.store, remote, bucket, object, options),
  };
  return {
    store,
    local: { region, ...credentials },
    accessKeys: endpoint.store.accessKeys,
    endpointFor: (host) => environment.publicS3Url ?? `http://${hostname(host)}:${port}`,
    close: () => endpoint.store.close(),
  };
}

/** A picture of the built-in store goes to the renderer as a file: through HTTP it would be copied half a dozen times. */
async function readLocally(
  local: LocalStore,
  remote: Store,
  bucket: string,
  key: string,
  options: Parameters<Store['get']>[2],
): ReturnType<Store['get']> {
  const borrowed = await local.borrow(bucket, key, options.ifMatch);
  if (!borrowed) return undefined;
  const { head, file } = borrowed;
  if (head.size > options.limit) {
    file?.release();
    return { head, body: undefined };
  }
  return file ? { head, body: file } : remote.get(bucket, key, options);
}

async function startEndpoint(
  environment: Environment,
  { db }: OpenedDatabase,
  { receive, wake }: { receive: Receive; wake(): void },
  log: Log,
): Promise<{ store: LocalStore; port: number; accessKeyId: string; secretAccessKey: string }> {
  const store = await openLocalStore({
    // biome-ignore lint/suspicious/noExplicitAny: one database, of which the endpoint sees only its own tables
    db: db as any,
    folder: storeFolder(environment.data),
    region: environment.s3Region,
    uploadAge: environment.incompleteUploadDays * 24 * 60 * 60 * 1000,
    log,
    async onChanges(tx, changes) {
      await receive(
        tx,
        changes.map((change) => ({ ...change, door: 'store' as const })),
      );
    },
    afterCommit: wake,
    // The page, under whatever name the browser knows this machine.
    allowOrigin: (origin, host) => URL.canParse(origin) && new URL(origin).hostname === hostname(host),
  });
  const key = await store.ensureKey();
  const { port } = await listening('PIXMILL_S3_PORT', environment.s3Port, () =>
    store.listen(environment.host, environment.s3Port),
  );
  return { store, port, ...key };
}

async function warnOfMissing(store: Store, buckets: Set<string>, log: Log): Promise<void> {
  for (const bucket of buckets) {
    const there = await store.hasBucket(bucket);
    if (!there) log.warn({ bucket }, `the store has no bucket "${bucket}", which a pipeline names: create it`);
  }
}

/** The host part of a Host header, without its port. */
function hostname(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '127.0.0.1';
}
