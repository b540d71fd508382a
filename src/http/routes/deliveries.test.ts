import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startTestServer } from '../../../test/http-server.ts';
import type { DeliveryList, DeliveryPosition } from '../../domain/delivery.ts';

const id = '6f4b5f0e-7a55-4b8e-9d8b-1f3a5c7e9b01';
const row = {
  ...{ id, state: 'waiting' as const, url: 'https://example.com/hook', eventId: 'e', type: 'pixmill.rendition.made' },
  ...{ subject: 'b/k', tries: 1, reason: 'answered 500', at: new Date(0), nextTryAt: new Date(1000), position: { at: 5, id } },
};

const asked: unknown[][] = [];
let next: DeliveryPosition | undefined;
const deliveries: DeliveryList = {
  async list(...question) {
    asked.push(question);
    return { rows: [row], next };
  },
  async redrive(which) {
    asked.push([which]);
    return 3;
  },
};

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer({ deliveries });
});
after(() => server.stop());
beforeEach(() => {
  asked.length = 0;
});

test('a page leads to the next one', async () => {
  next = row.position;
  const first = (await server.api('GET', '/deliveries?state=failed&limit=1')).json();
  const { position: _, ...shown } = row;
  assert.deepEqual(first.items, [{ ...shown, at: '1970-01-01T00:00:00.000Z', nextTryAt: '1970-01-01T00:00:01.000Z' }]);
  next = undefined;
  const url = encodeURIComponent(row.url);
  const second = (await server.api('GET', `/deliveries?url=${url}&cursor=${first.next}`)).json();
  assert.equal(second.next, null);
  assert.deepEqual(asked, [
    [{ state: 'failed' }, 1, undefined],
    [{ url: row.url }, 50, row.position],
  ]);
});

test('a cursor that was not handed out here is refused', async () => {
  for (const cursor of [
    'x',
    Buffer.from(`5.${'-'.repeat(36)}`).toString('base64url'),
    Buffer.from('1.2').toString('base64url'),
  ]) {
    const answer = await server.api('GET', `/deliveries?cursor=${cursor}`);
    assert.deepEqual([answer.statusCode, answer.json().code], [400, 'invalid'], cursor);
  }
  assert.deepEqual(asked, []);
});

test('a redrive says which', async () => {
  for (const body of [{ ids: [id] }, { url: row.url }, { ids: [id], url: row.url }, { all: true }]) {
    assert.deepEqual((await server.api('POST', '/deliveries/redrive', body)).json(), { redriven: 3 });
  }
  assert.equal(asked.length, 4);
  for (const body of [{}, { ids: [] }, { ids: ['7'] }, { all: false }, { all: true, url: row.url }, { other: 1 }]) {
    assert.equal((await server.api('POST', '/deliveries/redrive', body)).statusCode, 400, JSON.stringify(body));
  }
  assert.equal(asked.length, 4);
});
