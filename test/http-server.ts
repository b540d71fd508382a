// A server for tests: the real thing on a database, a store and a renderer of its own; only nothing works by itself.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { openAccounts } from '../src/accounts/accounts.ts';
import { readEnvironment } from '../src/config/env.ts';
import { compileConfig } from '../src/config/load.ts';
import type { ConfigInput } from '../src/config/schema.ts';
import type { ObjectJob } from '../src/domain/outcome.ts';
import type { Log, ReconcileLedger } from '../src/domain/ports.ts';
import { buildApp } from '../src/http/app.ts';
import { openServerFeed } from '../src/http/server.ts';
import type { HttpServices } from '../src/http/services.ts';
import { fingerprint } from '../src/imaging/fingerprint.ts';
import { openImaging } from '../src/imaging/imaging.ts';
import { openIntake, receiveAlone } from '../src/intake/receive.ts';
import { receiveMessages, rejectMessage } from '../src/intake/receive-messages.ts';
import { cancelRun, createRun } from '../src/intake/run.ts';
import { openDatabase } from '../src/ledger/database.ts';
import { readFacts, readOwner } from '../src/ledger/facts.ts';
import { migrateUp } from '../src/ledger/migrate.ts';
import { openRecorder } from '../src/ledger/record.ts';
import type { Ledger } from '../src/ledger/schema.ts';
import { openTokens } from '../src/ledger/tokens.ts';
import { openLocalStore } from '../src/localstore/local-store.ts';
import { reconcile } from '../src/reconcile/reconcile.ts';
import { openStore } from '../src/store/s3.ts';
import { openMetrics } from '../src/telemetry/metrics.ts';
import { createTestDatabase } from './postgres.ts';

export const CONFIG: ConfigInput = {
  pipelines: {
    thumbnail: {
      source: { bucket: 'pictures' },
      renditions: {
        small: { recipe: { resize: { width: 8 }, format: 'webp' }, to: { bucket: 'thumbnails', key: '{key}.webp' } },
        grey: { recipe: { grayscale: true, format: 'png' }, to: { bucket: 'thumbnails', key: 'grey/{key}.png' } },
      },
    },
    scans: {
      source: { bucket: 'papers', prefix: 'in/', match: ['*.png', '*.tif'], exclude: 'draft-*' },
      renditions: { page: { recipe: { format: 'jpeg' }, to: { bucket: 'thumbnails', key: 'pages/{stem}.jpg' } } },
      original: 'delete',
      sweep: '0 3 * * *',
    },
  },
  limits: { bytes: 200_000, pixels: 1_000_000 },
};

export interface LogLine {
  level: keyof Log;
  data: Record<string, unknown>;
  message: string;
}

/** Starts everything but workers: `work` reconciles one object, when the test says so. */
export async function startTestServer(overrides: Partial<HttpServices> = {}) {
  const lines: LogLine[] = [];
  const write = (level: keyof Log) => (data: object, message: string) => {
    lines.push({ level, data: data as Record<string, unknown>, message });
  };
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };

  const database = await createTestDatabase();
  const { db, pool, close } = openDatabase<Ledger>(database.address, 8);
  await migrateUp(db);
  const config = await compileConfig(CONFIG, '/config.ts', fingerprint);
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-http-'));
  const receive = openIntake(config.pipelines, async (_tx, jobs) => jobs.length);
  const endpoint = await openLocalStore({
    // biome-ignore lint/suspicious/noExplicitAny: one database, of which the endpoint sees only its own tables
    db: db as any,
    folder: join(folder, 'store'),
    region: 'us-east-1',
    log,
    onChanges: async () => {},
    afterCommit: () => {},
    allowOrigin: () => true,
  });
  const credentials = await endpoint.ensureKey();
  const { port } = await endpoint.listen('127.0.0.1', 0);
  for (const bucket of ['pictures', 'thumbnails', 'papers']) await endpoint.createBucket(bucket);
  const store = openStore({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials });
  const imaging = await openImaging({ limits: config.limits, watermarks: config.watermarks, log, slots: 2 });
  const accounts = openAccounts(openTokens(db));
  const depth = async () => ({ waiting: 3, active: 1 });

  const pipelines = overrides.config?.pipelines ?? config.pipelines;
  const enqueue = async (_tx: unknown, jobs: object[]) => jobs.length;
  const messages = { db, pipelines, enqueue, enqueueRun: async () => {}, wake: () => {}, log };
  const services: HttpServices = {
    db,
    pool,
    address: database.address,
    config,
    environment: readEnvironment({}),
    store,
    imaging,
    accounts,
    accessKeys: endpoint.accessKeys,
    metrics: openMetrics(depth),
    log,
    s3Endpoint: (host) => `http://${new URL(`http://${host}`).hostname}:${port}`,
    // biome-ignore lint/suspicious/noExplicitAny: the door takes any schema that holds its tables
    hint: async (hints) => void (await receiveAlone(db as any, receive, hints)),
    receiveMessages: (received, from) => receiveMessages(messages, received, from),
    rejectMessage: (from, reason, kind) => rejectMessage(messages, from, reason, kind),
    fetch: () => Promise.reject(new Error('nothing outside is asked')),
    receive,
    wake() {},
    startRun: (pipeline, trigger) => createRun(db, pipeline, trigger, async () => {}),
    cancelRun: (id) => cancelRun(db, id),
    deliveries: { list: async () => ({ rows: [], next: undefined }), redrive: async () => 0 },
    depth,
    webFolder: join(folder, 'web'),
    version: '1.2.3',
    ...overrides,
  };
  const { hub, feed } = openServerFeed(services);
  const app = await buildApp(services, hub);
  await app.ready();
  const { secret: token } = await accounts.createApiToken('a test');
  const bearer = { authorization: `Bearer ${token}` };

  const record = openRecorder<ObjectJob>(db, async (_tx, entries) => entries);
  const ledger: ReconcileLedger = {
    facts: (bucket, key) => readFacts(db, bucket, key),
    ownerOf: (bucket, key) => readOwner(db, bucket, key),
    record,
  };

  return {
    app,
    services,
    lines,
    token,
    bearer,
    folder,
    /** Puts bytes as anybody would, without a word to the ledger. */
    async put(bucket: string, key: string, body: Buffer, contentType = 'image/png') {
      const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3');
      const client = new S3Client({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials,
      });
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }));
      client.destroy();
    },
    /** Reconciles one object, as a worker would. */
    async work(bucket: string, key: string) {
      const reconciler = { pipelines: config.pipelines, store, imaging, ledger, maxBytes: config.limits.bytes, log };
      await reconcile(reconciler, { bucket, key, at: new Date(), attempt: 10 });
    },
    /** Any request with the API token. */
    async api(method: 'GET' | 'POST' | 'DELETE' | 'HEAD', url: string, body?: object, headers: Record<string, string> = {}) {
      const payload = body === undefined ? {} : { payload: body };
      return app.inject({ method, url: `/api/v1${url}`, headers: { ...bearer, ...headers }, ...payload });
    },
    /** The cookie of a browser that has just signed in. */
    async signIn(): Promise<string> {
      const { secret } = await accounts.createLink();
      const answer = await app.inject({ url: `/sign-in?token=${secret}` });
      return `${answer.cookies[0]?.name}=${answer.cookies[0]?.value}`;
    },
    async stop() {
      hub.close();
      app.server.closeAllConnections();
      await Promise.all([app.close(), feed.close()]);
      await imaging.stop();
      await endpoint.close();
      await close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A picture of one colour. */
export function picture(width = 16, height = 12, colour = '#3366cc'): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer();
}
