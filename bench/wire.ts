// An HTTP client that costs next to nothing: requests are made beforehand, answers are counted rather than parsed.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { inParallel } from './measure.ts';

/** A request as it goes on the wire. */
export interface Message {
  head: string;
  body?: Buffer;
}

export interface Wire {
  /** Sends a request and takes the whole answer. @returns its body where it is wanted. Throws where the status is not 2xx */
  send(message: Message, wanted?: 'body'): Promise<string>;
  close(): void;
}

export function message(method: string, path: string, headers: Record<string, string>, body?: Buffer): Message {
  const all = body ? { ...headers, 'content-length': String(body.length) } : headers;
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return { head: `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, ...(body && { body }) };
}

export async function openWire(port: number): Promise<Wire> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  return {
    async send({ head, body }, wanted) {
      const answer = readAnswer(socket, wanted === 'body');
      socket.cork();
      socket.write(head);
      if (body) socket.write(body);
      socket.uncork();
      return answer;
    },
    close: () => socket.destroy(),
  };
}

/** Answers with a length, which is all that the servers here give. */
function readAnswer(socket: Socket, keep: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let head: Buffer = Buffer.alloc(0);
    const kept: Buffer[] = [];
    /** Bytes of the body still to come; undefined while in the head. */
    let left: number | undefined;
    function take(bytes: Buffer): void {
      let body = bytes;
      if (left === undefined) {
        head = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const text = head.toString('latin1', 0, end);
        if (!text.startsWith('HTTP/1.1 2')) {
          stop(() => reject(new Error(head.toString('latin1', 0, 500))));
          return;
        }
        left = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
        body = head.subarray(end + 4);
      }
      left -= body.length;
      if (keep) kept.push(body);
      if (left <= 0) stop(() => resolve(Buffer.concat(kept).toString()));
    }
    const closed = () => stop(() => reject(new Error('the server hung up')));
    function stop(settle: () => void): void {
      socket.off('data', take).off('close', closed);
      settle();
    }
    socket.on('data', take).on('close', closed);
  });
}

/** Sends all of them over so many connections. @returns how many a second */
export async function rateOf(port: number, connections: number, messages: Message[]): Promise<number> {
  const wires = await Promise.all(Array.from({ length: connections }, () => openWire(port)));
  const free = [...wires];
  const started = performance.now();
  await inParallel(messages, connections, async (one) => {
    const wire = free.pop() as Wire;
    await wire.send(one);
    free.push(wire);
  });
  const rate = (messages.length * 1000) / (performance.now() - started);
  for (const wire of wires) wire.close();
  return rate;
}
