// A way to the test's database that can be cut and mended, as a network is.
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { DatabaseAddress } from '../src/ledger/database.ts';

export interface DatabaseProxy {
  /** The database, by way of here. */
  url: string;
  /** Breaks all connections and takes no more. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function startDatabaseProxy(address: DatabaseAddress): Promise<DatabaseProxy> {
  if (!('url' in address)) throw new Error('test databases are named by their URL');
  const url = new URL(address.url);
  // A socket's folder stands in the query, as node-postgres reads it.
  const folder = url.searchParams.get('host');
  const port = url.searchParams.get('port') ?? url.port;
  const target = folder?.startsWith('/')
    ? { path: join(folder, `.s.PGSQL.${port || 5432}`) }
    : { host: folder ?? url.hostname, port: Number(port || 5432) };
  const open = new Set<Socket>();
  let server: Server;

  function listen(at: number): Promise<number> {
    server = createServer((near) => {
      const far = dial(target);
      for (const socket of [near, far]) {
        open.add(socket);
        socket.on('close', () => open.delete(socket));
        socket.on('error', () => {});
      }
      near.pipe(far).pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  }

  const near = await listen(0);
  url.search = '';
  url.hostname = '127.0.0.1';
  url.port = String(near);
  return {
    url: url.href,
    cut() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      return closed;
    },
    async mend() {
      await listen(near);
    },
  };
}
