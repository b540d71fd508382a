import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Message, messageReader, opening, receiveSync, sendSync } from './wire.ts';

const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const messages = fc.array(fc.record({ header: fc.jsonValue(), body }), { minLength: 1, maxLength: 5 });

test('messages come out whole, however the pipe cuts them', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.flatMap((message) => [opening(message.header, [message.body]), message.body]));
      const taken: Message<unknown>[] = [];
      const read = messageReader<unknown>((message) => taken.push(message));
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const length = cuts[cut % cuts.length] ?? 1;
        read(bytes.subarray(at, at + length));
        at += length;
      }
      assert.deepEqual(
        taken.map((message) => [JSON.stringify(message.header), message.body.toString('hex')]),
        sent.map((message) => [JSON.stringify(message.header), message.body.toString('hex')]),
      );
    }),
  );
});

test('what is sent on a descriptor is received on one, and its end is told', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pixmill-wire-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const writing = openSync(join(folder, 'wire'), 'w');
  sendSync(writing, { first: true }, [Buffer.from('one'), Buffer.from('two')]);
  sendSync(writing, { second: 'ä' }, []);
  closeSync(writing);

  const reading = openSync(join(folder, 'wire'), 'r');
  const first = receiveSync<{ first: boolean }>(reading, Buffer.alloc);
  assert.deepEqual(first?.header, { first: true });
  assert.equal(first?.body.toString(), 'onetwo');
  assert.deepEqual(receiveSync(reading, Buffer.alloc)?.header, { second: 'ä' });
  assert.equal(receiveSync(reading, Buffer.alloc), undefined);
  closeSync(reading);
});

test('a length beyond all bounds is refused before any memory is taken for it', () => {
  const read = messageReader<unknown>(() => assert.fail('there is no message'));
  assert.throws(() => read(Buffer.alloc(8, 0xff)), RangeError);
});
