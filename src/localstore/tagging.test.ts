// Tags of objects: in the header, as a document, and what S3 allows in them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawAnswer, type RawRequest, rawRequest } from '../../test/s3-request.ts';
import { S3Error } from './s3-error.ts';
import { checkTags, readTags, type Tag } from './tags.ts';

let store: TestStore;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);
const element = (name: string, { body }: RawAnswer) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body.toString())?.[1];
const document = (...tags: Tag[]) =>
  `<Tagging><TagSet>${tags.map(([name, value]) => `<Tag><Key>${name}</Key><Value>${value}</Value></Tag>`).join('')}</TagSet></Tagging>`;
const set = (body: string) => send({ method: 'PUT', url: '/pictures/a?tagging', body });

function fails(code: string, details: object = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof S3Error);
    assert.deepEqual([error.code, { ...error.details, ...details }], [code, error.details]);
    return true;
  };
}

test('tags are kept with the object, counted, replaced and removed, and change neither ETag nor time', async () => {
  const headers = { 'x-amz-tagging': 'a=1&b=%C3%A4+%2B&c' };
  await send({ method: 'PUT', url: '/pictures/a', body: 'x', headers });
  const read = async () =>
    [...(await send({ url: '/pictures/a?tagging' })).body.toString().matchAll(/<Tag>(.*?)<\/Tag>/g)].map(([, tag]) => tag);
  assert.deepEqual(await read(), [
    '<Key>a</Key><Value>1</Value>',
    '<Key>b</Key><Value>ä +</Value>',
    '<Key>c</Key><Value></Value>',
  ]);
  const before = (await send({ url: '/pictures/a' })).headers;
  assert.equal(before['x-amz-tagging-count'], '3');
  assert.equal((await set(document(['d', 'x:y/z@w']))).status, 200);
  assert.deepEqual(await read(), ['<Key>d</Key><Value>x:y/z@w</Value>']);
  assert.equal((await send({ method: 'DELETE', url: '/pictures/a?tagging' })).status, 204);
  assert.deepEqual(await read(), []);
  const after = (await send({ url: '/pictures/a' })).headers;
  assert.deepEqual([after.etag, after['last-modified']], [before.etag, before['last-modified']]);
  assert.equal(after['x-amz-tagging-count'], undefined);
});

test('a document of tags that is none is malformed; a tag that is none is named', async () => {
  await send({ method: 'PUT', url: '/pictures/a', body: 'x' });
  for (const body of ['<Tagging/>', '<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>', '<a/>']) {
    assert.equal((await set(body)).code, 'MalformedXML', body);
  }
  const invalid = await set(document(['a', 'b&amp;c']));
  assert.deepEqual([invalid.code, element('TagKey', invalid), element('TagValue', invalid)], ['InvalidTag', 'a', 'b&amp;c']);
  assert.equal((await send({ url: '/pictures/none?tagging' })).code, 'NoSuchKey');
  assert.equal((await send({ method: 'PUT', url: '/pictures/none?tagging', body: document() })).code, 'NoSuchKey');
  assert.equal((await send({ method: 'DELETE', url: '/pictures/none?tagging' })).code, 'NoSuchKey');
});

test('up to 10 tags of 128 and 256 characters, of letters, digits, spaces and a few signs', () => {
  const ten = Array.from({ length: 10 }, (_, at): Tag => [`${at}`, '']);
  assert.equal(checkTags(ten).length, 10);
  assert.throws(() => checkTags([...ten, ['10', '']]), fails('InvalidTag'));
  checkTags([['ä'.repeat(128), '\u{1d4b3}'.repeat(256)]]);
  checkTags([['a b+c-d=e.f_g:h/i@j', '日本語 ५']]);
  assert.throws(() => checkTags([['a'.repeat(129), '']]), fails('InvalidTag'));
  assert.throws(() => checkTags([['a', 'b'.repeat(257)]]), fails('InvalidTag', { TagKey: 'a' }));
  for (const name of ['', 'a&b', 'a\tb', 'a\0', '<a>', 'aws:a', 'AWS:a']) {
    assert.throws(() => checkTags([[name, '']]), fails('InvalidTag', { TagKey: name }), name);
  }
  const twice: Tag[] = [
    ['a', '1'],
    ['a', '2'],
  ];
  assert.throws(() => checkTags(twice), fails('InvalidTag', { TagKey: 'a' }));
});

test('the header is a form: names without values, empty pairs and any encoding are fine; no name, or one twice, is not', () => {
  const read = (text: string) => readTags({ 'x-amz-tagging': text });
  assert.equal(readTags({}), null);
  for (const text of ['', '&', '&&']) assert.equal(read(text), null);
  assert.deepEqual(read('key'), [['key', '']]);
  assert.deepEqual(read('key='), [['key', '']]);
  assert.deepEqual(read('k%3D=a=b&&l'), [
    ['k=', 'a=b'],
    ['l', ''],
  ]);
  for (const text of ['=', '=a', 'a=1&a=2', 'a=%', 'a=%ff']) assert.throws(() => read(text), fails('InvalidArgument'), text);
  assert.throws(() => read('a=%26'), fails('InvalidTag'));
});
