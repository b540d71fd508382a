// Listings as they go over the wire: parameters, paging, what is encoded, and what is refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawRequest, rawRequest } from '../../test/s3-request.ts';

let store: TestStore;
const KEYS = ['bar', 'baz', 'foo', 'quxx'];
const ODD = ['a b/c', 'a+b', 'a%2Fb', 'a|b', 'ä', '€<&>', '\u0001x', '~*', '\ufb01', '\u{1f600}'];

before(async () => {
  store = await startTestStore();
  for (const [bucket, keys] of [
    ['plain', KEYS],
    ['odd', ODD],
  ] as const) {
    await store.store.createBucket(bucket);
    for (const key of keys) await put(bucket, key);
  }
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);
const put = (bucket: string, key: string) => send({ method: 'PUT', url: `/${bucket}/${encodeURIComponent(key)}`, body: key });

async function list(bucket: string, query: string) {
  const { status, code, body } = await send({ url: `/${bucket}${query}` });
  const xml = body.toString();
  const one = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1];
  const all = (name: string) => [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map((found) => found[1]);
  const prefixes = all('CommonPrefixes').map((found) => /<Prefix>(.*)<\/Prefix>/s.exec(found ?? '')?.[1]);
  return { status, code, one, keys: all('Key'), prefixes, message: one('Message') };
}

test('a page has as many entries as asked for, common prefixes counted', async () => {
  for (const [query, keys, truncated] of [
    ['max-keys=0', [], 'false'],
    ['max-keys=1', ['bar'], 'true'],
    ['max-keys=4', KEYS, 'false'],
    ['max-keys=2147483647', KEYS, 'false'],
    ['max-keys=', KEYS, 'false'],
  ] as const) {
    for (const version of ['', 'list-type=2&']) {
      const page = await list('plain', `?${version}${query}`);
      assert.deepEqual([page.keys, page.one('IsTruncated')], [keys, truncated], query);
      assert.equal(page.one('KeyCount'), version === '' ? undefined : String(keys.length));
    }
  }
  assert.equal((await list('plain', '?max-keys=5000')).one('MaxKeys'), '1000');
  const folded = await list('plain', '?list-type=2&delimiter=a&max-keys=2');
  assert.deepEqual([folded.prefixes, folded.keys, folded.one('KeyCount')], [['ba'], ['foo'], '2']);
});

test('a number that is none is refused, as S3 refuses it', async () => {
  for (const [query, name, message] of [
    ['max-keys=-1', 'maxKeys', 'Argument maxKeys must be an integer between 0 and 2147483647'],
    ['max-keys=many', 'max-keys', 'Provided max-keys not an integer or within integer range'],
    ['max-keys=1.5', 'max-keys', 'Provided max-keys not an integer or within integer range'],
    ['max-keys=2147483648', 'max-keys', 'Provided max-keys not an integer or within integer range'],
    ['uploads&max-uploads=-1', 'max-uploads', 'Argument max-uploads must be an integer between 0 and 2147483647'],
  ] as const) {
    const page = await list('plain', `?${query}`);
    assert.deepEqual([page.code, page.one('ArgumentName'), page.message], ['InvalidArgument', name, message], query);
  }
});

test('a marker need not be a key; the next one is told only with a delimiter', async () => {
  for (const [marker, keys] of [
    ['baz', ['foo', 'quxx']],
    ['blah', ['foo', 'quxx']],
    ['zzz', []],
    ['', KEYS],
  ] as const) {
    const page = await list('plain', `?marker=${marker}`);
    assert.deepEqual([page.keys, page.one('Marker')], [keys, marker]);
    assert.deepEqual((await list('plain', `?list-type=2&start-after=${marker}`)).keys, keys);
  }
  const plain = await list('plain', '?max-keys=1');
  assert.deepEqual([plain.one('IsTruncated'), plain.one('NextMarker')], ['true', undefined]);
  assert.equal((await list('plain', '?max-keys=1&delimiter=/')).one('NextMarker'), 'bar');
  assert.equal((await list('plain', '?max-keys=1&delimiter=a')).one('NextMarker'), 'ba');
});

test('a token goes before a start, an empty one is none, and one that is not ours is refused', async () => {
  const first = await list('plain', '?list-type=2&max-keys=1');
  const token = first.one('NextContinuationToken') ?? '';
  const next = await list('plain', `?list-type=2&start-after=foo&continuation-token=${token}`);
  assert.deepEqual([next.keys, next.one('StartAfter'), next.one('ContinuationToken')], [['baz', 'foo', 'quxx'], 'foo', token]);
  const empty = await list('plain', '?list-type=2&continuation-token=');
  assert.deepEqual([empty.keys, empty.one('ContinuationToken')], [KEYS, '']);
  for (const other of ['nonsense', 'bar', `${token}x`]) {
    assert.equal((await list('plain', `?list-type=2&continuation-token=${other}`)).code, 'InvalidArgument');
  }
});

test('pages go on behind what was listed, whatever came or went meanwhile', async () => {
  await store.store.createBucket('moving');
  for (const key of ['b', 'd', 'f']) await put('moving', key);
  const first = await list('moving', '?list-type=2&max-keys=2');
  await send({ method: 'DELETE', url: '/moving/d' });
  await put('moving', 'a');
  await put('moving', 'e');
  const rest = await list('moving', `?list-type=2&continuation-token=${first.one('NextContinuationToken')}`);
  assert.deepEqual(
    [first.keys, rest.keys],
    [
      ['b', 'd'],
      ['e', 'f'],
    ],
  );
});

test('with encoding-type=url every name in the answer is encoded, and percent-decoding is enough to read it', async () => {
  const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const all = await list('odd', '?list-type=2&encoding-type=url');
  assert.deepEqual(
    all.keys.map((key) => decodeURIComponent(key ?? '')),
    [...ODD].sort(bytes),
  );
  for (const key of all.keys) assert.match(key ?? '', /^[A-Za-z0-9/%._~-]+$/);
  const v2 = await list('odd', '?list-type=2&encoding-type=url&prefix=a&delimiter=%7C&start-after=a%20');
  assert.deepEqual([v2.one('Delimiter'), v2.one('StartAfter'), v2.prefixes], ['%7C', 'a%20', ['a%7C']]);
  assert.deepEqual(v2.keys, ['a%20b/c', 'a%252Fb', 'a%2Bb']);
  const v1 = await list('odd', '?encoding-type=url&delimiter=%20&marker=%01&max-keys=2');
  assert.deepEqual([v1.one('Marker'), v1.one('Delimiter'), v1.one('NextMarker')], ['%01', '%20', 'a%20']);
  assert.equal((await list('odd', '?prefix=%01&encoding-type=url')).one('Prefix'), '%01');
  assert.equal((await list('odd', '?encoding-type=gzip')).code, 'InvalidArgument');
});

test('owners are told where S3 tells them; an empty delimiter is none', async () => {
  assert.ok((await list('plain', '')).one('Owner'));
  assert.equal((await list('plain', '?list-type=2')).one('Owner'), undefined);
  assert.ok((await list('plain', '?list-type=2&fetch-owner=true')).one('Owner'));
  assert.equal((await list('plain', '?delimiter=')).one('Delimiter'), undefined);
});

test('each object has one version; the marker of a version needs that of its key', async () => {
  const first = await list('plain', '?versions&max-keys=1');
  const { one } = first;
  assert.deepEqual([first.keys, one('VersionId'), one('IsLatest')], [['bar'], 'null', 'true']);
  assert.deepEqual([one('NextKeyMarker'), one('NextVersionIdMarker')], ['bar', 'null']);
  assert.deepEqual((await list('plain', '?versions&key-marker=bar&version-id-marker=null')).keys, KEYS.slice(1));
  for (const query of ['version-id-marker=null', 'key-marker=bar&version-id-marker=', 'key-marker=bar&version-id-marker=x']) {
    assert.equal((await list('plain', `?versions&${query}`)).code, 'InvalidArgument', query);
  }
});

// A token with a NUL in it was an internal error.
test('buckets are listed in pages', async () => {
  const first = await list('', '?max-buckets=1');
  const token = first.one('ContinuationToken');
  assert.equal(first.one('Name'), 'moving');
  assert.equal((await list('', `?max-buckets=1&continuation-token=${token}`)).one('Name'), 'odd');
  assert.equal((await list('', '?prefix=pl')).one('Name'), 'plain');
  for (const query of ['max-buckets=0', 'max-buckets=10001', 'max-buckets=-1', 'continuation-token=AAAA']) {
    assert.equal((await list('', `?${query}`)).code, 'InvalidArgument', query);
  }
});
