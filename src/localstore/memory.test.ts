// What clients cost that do nothing but be there, and what large bodies cost: the memory of the store's process, from outside.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { checkLarge, peakOf, putLarge, uploadLarge } from '../../test/large-object.ts';
import { testClient } from '../../test/local-store.ts';
import { until } from '../../test/program.ts';
import { signHeaders } from '../../test/s3-request.ts';
import { makeStoreSite, type StoreProcess, type StoreSite } from '../../test/store-process.ts';

const MIB = 1024 * 1024;

let site: StoreSite;
let store: StoreProcess;
let sockets: net.Socket[];
/** Bytes, when it has served a few requests. */
let idle: number;

describe('the memory of the store', { skip: process.platform === 'linux' ? false : 'the kernel is asked through /proc' }, () => {
  beforeEach(async () => {
    sockets = [];
    site = await makeStoreSite();
    store = await site.start();
    await put('warm', 3 * MIB);
    idle = await store.memory();
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    store.s3.destroy();
    await site.remove();
  });

  function put(Key: string, bytes: number) {
    return store.s3.send(new PutObjectCommand({ Bucket: 'pictures', Key, Body: Buffer.alloc(bytes) }));
  }

  async function connect(): Promise<net.Socket> {
    const socket = net.connect(store.port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  function head(method: string, url: string, more: Record<string, string> = {}): string {
    const { headers } = signHeaders(store, { method, url, payloadHash: 'UNSIGNED-PAYLOAD' });
    const lines = Object.entries({ ...headers, ...more }).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`;
  }

  async function above(): Promise<number> {
    return Math.round(((await store.memory()) - idle) / MIB);
  }

  test('a thousand idle connections cost a few kilobytes each', async () => {
    await Promise.all(Array.from({ length: 1000 }, connect));
    await put('meanwhile', 1000);
    const grown = await above();
    assert.ok(grown < 40, `${grown} MiB`);
  });

  test('three hundred large bodies that stop half-way stay within the budget, and others are served', async () => {
    const body = Buffer.alloc(0.95 * MIB);
    await Promise.all(
      Array.from({ length: 300 }, async (_, at) => {
        const socket = await connect();
        socket.write(head('PUT', `/pictures/half${at}`, { 'content-length': String(8 * MIB) }));
        await new Promise((sent) => socket.write(body, sent));
      }),
    );
    await put('meanwhile', 3 * MIB);
    const grown = await above();
    assert.ok(grown < 250, `${grown} MiB`);
  });

  test('three hundred readers that stop half-way stay within the budget, and others are served', async () => {
    await put('large', 24 * MIB);
    await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = await connect();
        socket.write(head('GET', '/pictures/large'));
        await once(socket, 'readable');
      }),
    );
    await until('others are served', () => put('meanwhile', 3 * MIB));
    const grown = await above();
    assert.ok(grown < 250, `${grown} MiB`);
  });

  test('an object of 300 MB goes in, in one and in parts, and out again without being held in memory', async () => {
    const s3 = testClient(store, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const one = { Bucket: 'pictures', Key: 'one' };
    const parts = { Bucket: 'pictures', Key: 'parts' };
    for (const work of [
      () => putLarge(s3, one, 300),
      () => uploadLarge(s3, parts, 300),
      () => Promise.all([one, parts].map((object) => checkLarge(s3, object, 300))),
    ]) {
      const grown = Math.round(((await peakOf(store.memory, work)) - idle) / MIB);
      assert.ok(grown < 150, `${grown} MiB`);
    }
    s3.destroy();
  });
});
