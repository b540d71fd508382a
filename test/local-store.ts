// A store for tests: on a database and a folder of its own, listening on any port of the loopback.
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { QueryResultRow } from 'pg';
import type { Log } from '../src/domain/ports.ts';
import { openDatabase } from '../src/ledger/database.ts';
import { migrateUp } from '../src/ledger/migrate.ts';
import type { StoreChange } from '../src/localstore/batch.ts';
import { type LocalStoreOptions, openLocalStore } from '../src/localstore/local-store.ts';
import type { StoreTables } from '../src/localstore/tables.ts';
import { createTestDatabase } from './postgres.ts';

export interface LogLine {
  level: keyof Log;
  data: Record<string, unknown>;
  message: string;
}

const NAMED = `
  SELECT blob FROM store_object WHERE blob IS NOT NULL
  UNION ALL SELECT piece ->> 1 FROM store_object, jsonb_array_elements(pieces) AS piece WHERE piece ->> 1 IS NOT NULL
  UNION ALL SELECT blob FROM store_part WHERE blob IS NOT NULL`;

/** @param overrides options that the test wants to be other than usual */
export async function startTestStore(overrides: Partial<LocalStoreOptions> = {}) {
  const database = await createTestDatabase();
  const { db, pool, close } = openDatabase<StoreTables>(database.address, 8);
  await migrateUp(db);
  const folder = overrides.folder ?? (await mkdtemp(path.join(tmpdir(), 'pixmill-store-')));
  const changes: StoreChange[] = [];
  const lines: LogLine[] = [];
  const written = new EventEmitter();
  const log = (level: keyof Log) => (data: object, message: string) => {
    lines.push({ level, data: data as Record<string, unknown>, message });
    written.emit('line');
  };
  const options: LocalStoreOptions = {
    db,
    folder,
    region: 'us-east-1',
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    onChanges: async (_, seen) => {
      changes.push(...seen);
    },
    afterCommit: () => {},
    allowOrigin: (origin) => origin === 'http://page.test',
    ...overrides,
  };
  let store = await openLocalStore(options);
  const key = await store.ensureKey();
  let { port } = await store.listen('127.0.0.1', 0);
  return {
    db,
    folder,
    key,
    changes,
    lines,
    get store() {
      return store;
    },
    get port() {
      return port;
    },
    get endpoint() {
      return `http://127.0.0.1:${port}`;
    },
    /** Runs SQL on the store's database. */
    query: <Row extends QueryResultRow>(text: string, values: unknown[] = []) => pool.query<Row>(text, values),
    /** The files in the folder of blobs, sorted. */
    async blobFiles(): Promise<string[]> {
      const found = await readdir(path.join(folder, 'blobs'), { recursive: true, withFileTypes: true }).catch((error) => {
        // An empty folder went while it was looked at.
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (!found) return this.blobFiles();
      const files = found.filter((entry) => entry.isFile());
      return files.map((entry) => `${path.basename(entry.parentPath)}/${entry.name}`).sort();
    },
    /** The blobs that rows name, sorted. */
    async blobNames() {
      const { rows } = await pool.query<{ blob: string }>(NAMED);
      return rows.map((row) => row.blob).sort();
    },
    /** Resolves when a log line of that kind has come. */
    async seen(is: (line: LogLine) => boolean) {
      while (!lines.some(is)) await once(written, 'line');
    },
    /** Closes the store and opens it anew over the same data. */
    async restart() {
      await store.close();
      store = await openLocalStore(options);
      port = (await store.listen('127.0.0.1', 0)).port;
    },
    async stop() {
      await store.close();
      await close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

export type TestStore = Awaited<ReturnType<typeof startTestStore>>;

/** A client of the store as anybody would make one. */
export function testClient({ endpoint, key }: Pick<TestStore, 'endpoint' | 'key'>, more: S3ClientConfig = {}): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: key, maxAttempts: 1, ...more });
}
