// nginx as a store: files by name, PUT through its WebDAV module. It syncs nothing, and knows neither signatures nor ETags of bytes.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '../test/program.ts';
import { openWire } from './wire.ts';

export interface Nginx {
  port: number;
  stop(): Promise<void>;
}

/** Where it is missing. */
export const HOW_TO_INSTALL = 'nginx is not compared: `apt-get install nginx-light` brings it on Debian';

/** Starts it with a configuration and files of its own in the folder. Undefined where it is not installed, or has no WebDAV. */
export async function startNginx(folder: string): Promise<Nginx | undefined> {
  const version = spawnSync('nginx', ['-V'], { encoding: 'utf8' });
  if (version.status !== 0 || !version.stderr.includes('http_dav_module')) return undefined;
  const port = await freePort();
  for (const name of ['files', 'body']) await mkdir(join(folder, name), { recursive: true, mode: 0o777 });
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configuration(folder, port));
  const child = spawn('nginx', ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await until('nginx listens', () => listens(port));
  return { port, stop: () => end(child) };
}

function configuration(folder: string, port: number): string {
  return `
    daemon off;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    worker_processes auto;
    pid ${folder}/nginx.pid;
    events { worker_connections 1024; }
    http {
      access_log off;
      sendfile on;
      tcp_nopush on;
      keepalive_requests 1000000;
      client_max_body_size 1g;
      client_body_temp_path ${folder}/body;
      ${['proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
      server {
        listen 127.0.0.1:${port};
        root ${folder}/files;
        dav_methods PUT DELETE;
        create_full_put_path on;
      }
    }`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<true | undefined> {
  const wire = await openWire(port).catch(() => undefined);
  wire?.close();
  return wire && true;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGQUIT');
  if (child.exitCode === null) await once(child, 'exit');
}
