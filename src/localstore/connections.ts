// The HTTP server under the endpoint: what a connection may cost, and whose turn it is on it.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Fault } from '../domain/fault.ts';
import { answerBadRequest } from './bad-request.ts';
import { openPace, type PaceRule } from './pace.ts';

/** Milliseconds in which all headers of a request must have come, and between looks at that. */
const HEADERS_TIMEOUT = 30_000;
const HEADERS_LOOK = 5_000;
/** Milliseconds without a byte in either direction after which a connection is given up. */
const IDLE_TIMEOUT = 90_000;
/** Milliseconds that an idle connection is kept for the next request: longer than the pools of clients keep it. */
const KEEP_ALIVE = 75_000;
const MAX_HEADERS = 32 * 1024;

/** Answers one request. @param expectsContinue the client waits for `100 Continue` before it sends the body */
export type Answer = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => Promise<void>;

export interface Connections {
  /** Listens; port 0 takes any. @returns the port */
  listen(host: string, port: number): Promise<{ port: number }>;
  /** Lets requests under way finish, for at most `graceMs`, then closes every connection. */
  close(graceMs: number): Promise<void>;
}

/** The request that a connection is at. */
interface Turn {
  request: IncomingMessage;
  response: ServerResponse;
  over: Promise<unknown>;
}

export function openConnections(answer: Answer, rule: PaceRule): Connections {
  const server = makeServer();
  const pace = openPace(rule);
  const underWay = new Set<Promise<unknown>>();
  const turns = new WeakMap<Duplex, Turn>();

  function take(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { socket } = request;
    const before = turns.get(socket);
    const over = (before ? afterwards(before) : here()).finally(() => {
      underWay.delete(over);
      if (turns.get(socket)?.over === over) turns.delete(socket);
    });
    turns.set(socket, { request, response, over });
    underWay.add(over);

    async function here(): Promise<void> {
      const sent = new Promise<void>((resolve) => {
        response.once('close', resolve);
      });
      // While closing, a connection ends with the answer that it is waiting for.
      if (!server.listening) response.shouldKeepAlive = false;
      pace.watch(request, response);
      await Promise.all([answer(request, response, expectsContinue), sent]);
    }

    /** A client need not wait for an answer before it asks again; but one request at a time is enough. */
    async function afterwards({ over }: Turn): Promise<void> {
      socket.pause();
      await over;
      socket.resume();
      // Where the connection ended with the answer before, there is nobody to answer.
      if (response.socket) await here();
    }
  }

  const listener = (expectsContinue: boolean): RequestListener => {
    return (request, response) => take(request, response, expectsContinue);
  };
  server.on('request', listener(false));
  server.on('checkContinue', listener(true));
  // An expectation that is none of HTTP's is not worth a refusal.
  server.on('checkExpectation', listener(false));
  server.on('clientError', (cause, socket) => {
    const turn = turns.get(socket);
    if (!turn?.request.complete || !socket.writable) {
      answerBadRequest(cause, socket);
      return;
    }
    // Nonsense behind a request does not touch that request.
    socket.pause();
    void turn.over.then(() => socket.end());
  });

  return {
    listen: (host, port) => listen(server, host, port),

    async close(graceMs) {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await Promise.all(underWay);
      server.closeAllConnections();
      await closed;
      clearTimeout(timer);
      pace.close();
    },
  };
}

function makeServer(): Server {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE,
    headersTimeout: HEADERS_TIMEOUT,
    connectionsCheckingInterval: HEADERS_LOOK,
    // A body may take as long as its bytes keep coming.
    requestTimeout: 0,
    maxHeaderSize: MAX_HEADERS,
  });
  server.timeout = IDLE_TIMEOUT;
  // A client that says it has sent everything still gets its answer. Node's own, though not in its documentation.
  return Object.assign(server, { httpAllowHalfOpen: true });
}

function listen(server: Server, host: string, port: number): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new Fault('unavailable', `the store cannot listen on ${host}:${port}`, {
          cause: error,
          mend: taken ? 'another program listens there: stop it, or choose another port' : 'choose another address or port',
        }),
      );
    };
    server.once('error', refuse);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', refuse);
      resolve({ port: (server.address() as AddressInfo).port });
    });
  });
}
