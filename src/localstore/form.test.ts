import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { BOUNDARY, encodeForm, FORM_TYPE, type Part } from '../../test/s3-form.ts';
import { type Form, openForm } from './form.ts';
import type { Take } from './read-request.ts';
import { S3Error } from './s3-error.ts';

function request(pieces: Buffer[], type = FORM_TYPE): IncomingMessage {
  return Object.assign(Readable.from(pieces), { headers: { 'content-type': type } }) as unknown as IncomingMessage;
}

/** In pieces that end at these places. */
function cut(body: Buffer, places: number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % body.length)), body.length].sort((a, b) => a - b);
  return ends.map((end, at) => body.subarray(ends[at - 1] ?? 0, end)).filter((piece) => piece.length > 0);
}

async function read(form: Form): Promise<string> {
  const pieces: Buffer[] = [];
  await form.readFile((bytes) => void pieces.push(Buffer.from(bytes)));
  return Buffer.concat(pieces).toString('latin1');
}

async function open(parts: Part[]): Promise<{ fields: Record<string, string>; fileName: string; file: string }> {
  const form = await openForm(request([encodeForm(parts)]), () => {});
  return { fields: Object.fromEntries(form.fields), fileName: form.fileName, file: await read(form) };
}

function fails(code: string, message = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof S3Error, String(error));
    assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
    return true;
  };
}

const FILE: Part = { name: 'file', value: 'the file', fileName: 'a.txt' };

test('fields come by lower-case name, the file with its name and whatever its bytes are', async () => {
  const value = Buffer.from([
    ...Array.from({ length: 256 }, (_, at) => at),
    ...Buffer.from(`\r\n--${BOUNDARY.slice(0, -1)}\r\n\r\n--`),
  ]);
  const opened = await open([
    { name: 'KEY', value: 'ä €\r\nsecond line' },
    { name: 'Content-Type', value: '' },
    { name: 'file', value, fileName: 'ä.png', head: ['Content-Type: image/png'] },
  ]);
  assert.deepEqual(opened.fields, { key: 'ä €\r\nsecond line', 'content-type': '' });
  assert.deepEqual([opened.fileName, opened.file], ['ä.png', value.toString('latin1')]);
});

test('the part called file is the file, with a file name or without; every other part is a field', async () => {
  const opened = await open([
    { name: 'key', value: 'k', fileName: 'key', head: ['Content-Type: application/octet-stream'] },
    { name: 'File', value: 'text' },
  ]);
  assert.deepEqual(opened, { fields: { key: 'k' }, fileName: '', file: 'text' });
});

test('of the name of the file only what follows the last separator counts', async () => {
  for (const [given, name] of [
    ['a/b/c.png', 'c.png'],
    ['C:\\fakepath\\c.png', 'c.png'],
    ['../../c.png', 'c.png'],
    ['a\\b/c.png', 'c.png'],
    ['a/', ''],
    ['a b\\"c.png', 'a b"c.png'],
    ['..', '..'],
  ] as const) {
    assert.equal((await open([{ ...FILE, fileName: given }])).fileName, name, given);
  }
});

test('what follows the file is ignored, a second file is not', async () => {
  const after = Array.from({ length: 50 }, (_, at): Part => ({ name: `field${at}`, value: 'x' }));
  const opened = await open([FILE, { name: 'key', value: 'late' }, ...after]);
  assert.deepEqual([opened.fields, opened.file], [{}, 'the file']);
  await assert.rejects(open([FILE, FILE]), fails('InvalidArgument', /exactly one file/));
  const endless = encodeForm([FILE, { name: 'long', value: 'x'.repeat(500_000) }]);
  const pieces = cut(
    endless,
    Array.from({ length: 100 }, (_, at) => at * 5_000),
  );
  const form = await openForm(request(pieces), () => {});
  await assert.rejects(read(form), fails('MaxMessageLengthExceeded'));
});

test('fields of a page of its own are left out, and may be there twice; others may not', async () => {
  const own = { name: 'X-Ignore-Button', value: 'x' };
  assert.deepEqual((await open([own, own, FILE])).fields, {});
  const key = { name: 'key', value: 'k' };
  await assert.rejects(open([key, { ...key, name: 'Key' }, FILE]), fails('InvalidArgument', /more than once/));
});

test('a form without a file, without names, or of another type is refused in S3 words', async () => {
  await assert.rejects(open([{ name: 'key', value: 'k' }]), fails('InvalidArgument', /exactly one file/));
  await assert.rejects(open([]), fails('InvalidArgument'));
  const body = encodeForm([FILE]);
  const nameless = Buffer.from(body.toString().replace('name="file"', 'title="file"'));
  await assert.rejects(
    openForm(request([nameless]), () => {}),
    fails('MalformedPOSTRequest'),
  );
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/mixed; boundary=a',
    'multipart/form-data-not; boundary=a',
    '',
  ]) {
    const refused = openForm(request([body], type), () => assert.fail('no byte is worth asking for'));
    await assert.rejects(refused, fails('PreconditionFailed'), type);
  }
  await assert.rejects(
    openForm(request([body], 'multipart/form-data'), () => {}),
    fails('MalformedPOSTRequest'),
  );
});

test('20 KB may stand before the file, whether in values, names, heads or many parts', async () => {
  const size = (parts: Part[]) => encodeForm(parts).indexOf('\r\n\r\nthe file') + 4;
  const field = (length: number): Part => ({ name: 'a', value: 'x'.repeat(length) });
  // The last bytes of the head are held back until it is clear that they begin no boundary.
  const room = 20_480 - size([field(0), FILE]) - 2;
  assert.equal((await open([field(room), FILE])).fields.a?.length, room);
  const whole = await open([field(room), { ...FILE, value: 'y'.repeat(1_000_000) }]);
  assert.equal(whole.file.length, 1_000_000);
  for (const parts of [
    [field(room + 3)],
    [{ name: 'n'.repeat(20_480), value: '' }],
    [{ name: 'a', value: '', head: [`X: ${'x'.repeat(20_480)}`] }],
    Array.from({ length: 400 }, (_, at) => ({ name: `field${at}`, value: '' })),
  ]) {
    await assert.rejects(open([...parts, FILE]), fails('MaxPostPreDataLengthExceeded'));
  }
});

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
    const form = await openForm(request([...pieces]), () => {});
    let taken = 0;
    const take: Take = (bytes) => {
      taken += bytes.length;
      if (taken > 100_000) return refuse();
    };
    await assert.rejects(form.readFile(take), fails('EntityTooLarge'));
    assert.ok(taken <= 110_000, String(taken));
    form.leave();
  }
  const gone = request(pieces);
  const form = await openForm(gone, () => {});
  const reading = form.readFile(() => assert.fail('it was left'));
  form.leave();
  await assert.rejects(reading, fails('IncompleteBody'));
  assert.equal(gone.isPaused(), true);
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
  const source = Readable.from(pieces(), { objectMode: true, highWaterMark: 1 });
  const form = await openForm(
    Object.assign(source, { headers: { 'content-type': FORM_TYPE } }) as unknown as IncomingMessage,
    () => {},
  );
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
        const form = await openForm(request(cut(body, at)), () => {});
        assert.deepEqual(
          [...form.fields],
          parts.map(({ name, value }) => [name, value]),
        );
        assert.equal(await read(form), Buffer.from(file).toString('latin1'));
      },
    ),
  );
});

test('a form that is cut at every byte in turn is the same form', async () => {
  const body = encodeForm([{ name: 'key', value: 'k' }, FILE, { name: 'after', value: 'x' }]);
  for (let at = 1; at < body.length; at++) {
    const form = await openForm(request(cut(body, [at])), () => {});
    assert.deepEqual([form.fields.get('key'), await read(form)], ['k', 'the file'], String(at));
  }
});

test('a form that breaks off anywhere is refused', async () => {
  const body = encodeForm([{ name: 'key', value: 'k' }, FILE]);
  for (let length = 0; length < body.length - 3; length++) {
    const broken = openForm(request([body.subarray(0, length)]), () => {}).then((form) => form.readFile(() => {}));
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
        await read(await openForm(request(cut(body, at)), () => {}));
      } catch (error) {
        assert.ok(error instanceof S3Error, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
