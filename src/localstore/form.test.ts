import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOUNDARY, cut, encodeForm, formRequest, type Part, readFile } from '../../test/s3-form.ts';
import { openForm } from './form.ts';
import { S3Error } from './s3-error.ts';

async function open(parts: Part[]): Promise<{ fields: Record<string, string>; fileName: string; file: string }> {
  const form = await openForm(formRequest([encodeForm(parts)]), () => {});
  return { fields: Object.fromEntries(form.fields), fileName: form.fileName, file: await readFile(form) };
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
  const form = await openForm(formRequest(pieces), () => {});
  await assert.rejects(readFile(form), fails('MaxMessageLengthExceeded'));
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
    openForm(formRequest([nameless]), () => {}),
    fails('MalformedPOSTRequest'),
  );
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/mixed; boundary=a',
    'multipart/form-data-not; boundary=a',
    '',
  ]) {
    const refused = openForm(formRequest([body], type), () => assert.fail('no byte is worth asking for'));
    await assert.rejects(refused, fails('PreconditionFailed'), type);
  }
  await assert.rejects(
    openForm(formRequest([body], 'multipart/form-data'), () => {}),
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
