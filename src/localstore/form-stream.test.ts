// Forms as they come: in pieces, at the taker's pace, broken off, and not what they should be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BOUNDARY, cut, encodeForm, formRequest, type Part, readFile } from '../../test/s3-form.ts';
import { openForm } from './form.ts';
import type { Take } from './read-request.ts';
import { S3Error } from './s3-error.ts';

const FILE: Part = { name: 'file', value: 'the file', fileName: 'a.txt' };

/** Time enough for all that can happen by itself. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
}

function isError(code: string) {
  return (error: unknown) => error instanceof S3Error && error.code === code;
}

test('no byte is taken beyond the one that was refused, and none after somebody left', async () => {
  const body = encodeForm([{ ...FILE, value: 'x'.repeat(500_000) }]);
  const pieces = cut(
    body,
    Array.from({ length: 50 }, (_, at) => at * 10_000),
  );
  for (const refuse of [
    () => {
      throw new S3Error('EntityTooLarge');
    },
    async () => {
      throw new S3Error('EntityTooLarge');
    },
  ]) {
    const form = await openForm(formRequest([...pieces]), () => {});
    let taken = 0;
    const take: Take = (bytes) => {
      taken += bytes.length;
      if (taken > 100_000) return refuse();
    };
    await assert.rejects(form.readFile(take), isError('EntityTooLarge'));
    assert.ok(taken <= 110_000, String(taken));
    form.leave();
  }
  const gone = formRequest(pieces);
  const form = await openForm(gone, () => {});
  const reading = form.readFile(() => assert.fail('it was left'));
  form.leave();
  await assert.rejects(reading, isError('IncompleteBody'));
  assert.equal(gone.isPaused(), true);
});

test('of what is waiting when a byte is refused no more is taken', async () => {
  const body = encodeForm([{ ...FILE, value: 'x'.repeat(100_000) }]);
  const pieces = cut(
    body,
    Array.from({ length: 100 }, (_, at) => at * 1_000),
  );
  const form = await openForm(formRequest(pieces), () => {});
  let calls = 0;
  const take: Take = () => {
    calls++;
    if (calls > 1) throw new S3Error('EntityTooLarge');
    return turns();
  };
  await assert.rejects(form.readFile(take), isError('EntityTooLarge'));
  await turns();
  assert.equal(calls, 2);
});

test('behind the fields nothing is read before the file is asked for', async () => {
  const body = encodeForm([{ name: 'key', value: 'k' }, FILE, { name: 'after', value: 'x'.repeat(50_000) }]);
  let sent = 0;
  function* pieces() {
    for (let at = 0; at < body.length; at += 100) {
      sent += 100;
      yield body.subarray(at, at + 100);
    }
  }
  const form = await openForm(formRequest(pieces()), () => {});
  await turns();
  assert.ok(sent < 1_000, `${sent} bytes were read`);
  assert.equal(await readFile(form), 'the file');
  assert.ok(sent >= body.length);
});

test('bytes are held back while the taker is busy', async () => {
  const body = encodeForm([{ ...FILE, value: 'x'.repeat(2_000_000) }]);
  let sent = 0;
  function* pieces() {
    for (const piece of cut(
      body,
      Array.from({ length: 200 }, (_, at) => at * 10_000),
    )) {
      sent += piece.length;
      yield piece;
    }
  }
  const form = await openForm(formRequest(pieces()), () => {});
  let taken = 0;
  let most = 0;
  await form.readFile(async (bytes) => {
    taken += bytes.length;
    await new Promise(setImmediate);
    most = Math.max(most, sent - taken);
  });
  assert.equal(taken, 2_000_000);
  assert.ok(most < 200_000, `${most} bytes were waiting`);
});

const part = fc.record({
  name: fc.stringMatching(/^[a-e]{1,3}$/),
  value: fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\r\n', '--', `\r\n--${BOUNDARY.slice(0, 5)}`, '\r\n\r\n--\r'),
  ),
});
const places = fc.array(fc.nat(4_000), { maxLength: 40 });

test('wherever the network cuts a form, it is the same form', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(part, { selector: ({ name }) => name }),
      fc.uint8Array({ maxLength: 500 }),
      places,
      async (parts, file, at) => {
        const body = encodeForm([...parts, { name: 'file', value: Buffer.from(file), fileName: 'f' }]);
        const form = await openForm(formRequest(cut(body, at)), () => {});
        assert.deepEqual(
          [...form.fields],
          parts.map(({ name, value }) => [name, value]),
        );
        assert.equal(await readFile(form), Buffer.from(file).toString('latin1'));
      },
    ),
  );
});

test('a form that is cut at every byte in turn is the same form', async () => {
  const body = encodeForm([{ name: 'key', value: 'k' }, FILE, { name: 'after', value: 'x' }]);
  for (let at = 1; at < body.length; at++) {
    const form = await openForm(formRequest(cut(body, [at])), () => {});
    assert.deepEqual([form.fields.get('key'), await readFile(form)], ['k', 'the file'], String(at));
  }
});

test('a form that breaks off anywhere is refused', async () => {
  const body = encodeForm([{ name: 'key', value: 'k' }, FILE]);
  for (let length = 0; length < body.length - 3; length++) {
    const broken = openForm(formRequest([body.subarray(0, length)]), () => {}).then((form) => form.readFile(() => {}));
    await assert.rejects(broken, (error: unknown) => error instanceof S3Error && error.status === 400, String(length));
  }
});

test('whatever comes, a form is read or refused, and nothing else happens', async () => {
  const whole = encodeForm([{ name: 'key', value: 'k' }, FILE, { name: 'after', value: 'x' }]);
  const change = fc.record({ at: fc.nat(whole.length - 1), length: fc.nat(20), by: fc.uint8Array({ maxLength: 20 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 5 }), places, async (changes, at) => {
      let body = whole;
      for (const { at: start, length, by } of changes) {
        body = Buffer.concat([body.subarray(0, start), by, body.subarray(start + length)]);
      }
      try {
        await readFile(await openForm(formRequest(cut(body, at)), () => {}));
      } catch (error) {
        assert.ok(error instanceof S3Error, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
