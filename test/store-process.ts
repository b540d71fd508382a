// The built-in store as a process of its own: to be killed, and to have its memory measured.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { openDatabase } from '../src/ledger/database.ts';
import { migrateUp } from '../src/ledger/migrate.ts';
import { type TestStore, testClient } from './local-store.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

export interface StoreProcess extends Pick<TestStore, 'port' | 'key' | 'endpoint'> {
  s3: S3Client;
  /** Bytes of memory that the process holds. */
  memory(): Promise<number>;
  /** SIGKILL, without waiting. */
  kill(): void;
  /** Resolves when it is gone. */
  gone: Promise<unknown>;
}

/** What processes that are started one after the other share. */
export interface StoreSite {
  folder: string;
  address: TestDatabase['address'];
  start(): Promise<StoreProcess>;
  remove(): Promise<void>;
}

/** A folder and a database with its schema. */
export async function makeStoreSite(): Promise<StoreSite> {
  const { address, drop } = await createTestDatabase();
  const { db, close } = openDatabase(address, 1);
  await migrateUp(db);
  await close();
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-process-'));
  const children = new Set<ChildProcess>();
  return {
    folder,
    address,
    async start() {
      const program = join(import.meta.dirname, 'local-store-process.ts');
      const url = 'url' in address ? address.url : '';
      const child = spawn(process.execPath, [program, url, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.add(child);
      const gone = once(child, 'exit').then(() => children.delete(child));
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const { port, key } = JSON.parse(line.toString());
      const endpoint = `http://127.0.0.1:${port}`;
      return {
        port,
        key,
        endpoint,
        s3: testClient({ endpoint, key }),
        memory: () => memoryOf(child.pid ?? 0),
        kill: () => void child.kill('SIGKILL'),
        gone,
      };
    },
    async remove() {
      for (const child of children) child.kill('SIGKILL');
      await drop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Bytes of memory that a process holds, as the kernel counts them (Linux). */
export async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
