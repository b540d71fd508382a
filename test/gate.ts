// A way to any HTTP server that a test can watch, close for some requests, and hold others back at.
import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
}

/** What is done with a request: it passes, it is answered with this status, or it waits for the promise and passes. */
export type Ruling = 'pass' | number | Promise<unknown>;

export interface Gate {
  url: string;
  /** Every request so far. */
  seen: Seen[];
  /** Decides on each request from now on; none lets all pass. */
  rule(decide?: (request: Seen) => Ruling): void;
  stop(): Promise<void>;
}

/** @param target origin of the server behind */
export async function startGate(target: string): Promise<Gate> {
  const seen: Seen[] = [];
  const open = new Set<ClientRequest>();
  let decide: (request: Seen) => Ruling = () => 'pass';

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const one = { method, path, headers };
    seen.push(one);
    const ruling = decide(one);
    if (typeof ruling === 'number') {
      request.resume();
      return void response.writeHead(ruling).end();
    }
    if (ruling !== 'pass') await ruling;
    // The host is part of a signature, so it stays as it came.
    const onward = send(new URL(path, target), { method, headers, setHost: false });
    open.add(onward);
    onward.on('close', () => open.delete(onward));
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer((request, response) => void pass(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    rule(next = () => 'pass') {
      decide = next;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      for (const onward of open) onward.destroy();
      await once(server, 'close');
    },
  };
}
