import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkNewBucketName, isBucketName, parseAddress } from './address.ts';
import { S3Error } from './s3-error.ts';
import { uriEncode } from './sigv4.ts';

const where = (url: string, host = '127.0.0.1:9000') => {
  const { bucket, key } = parseAddress(url, host);
  return [bucket, key];
};

test('path style and virtual-host style name the same object', () => {
  assert.deepEqual(where('/pictures/a/b.jpg'), ['pictures', 'a/b.jpg']);
  assert.deepEqual(where('/a/b.jpg', 'pictures.localhost:9000'), ['pictures', 'a/b.jpg']);
  assert.deepEqual(where('/a/b.jpg', 'my.pictures.s3.localhost'), ['my.pictures', 'a/b.jpg']);
  assert.deepEqual(where('/pictures/a', 's3.localhost:9000'), ['pictures', 'a']);
  assert.deepEqual(where('/pictures/a', 'localhost'), ['pictures', 'a']);
  assert.deepEqual(where('http://example.org/pictures/a?x=1'), ['pictures', 'a']);
});

test('a bucket may be named with and without a slash behind it', () => {
  for (const url of ['/', '', '?x']) assert.deepEqual(where(url), ['', '']);
  for (const url of ['/pictures', '/pictures/', '/pictures/?x']) assert.deepEqual(where(url), ['pictures', '']);
});

test('keys are taken as they are, dots and slashes included', () => {
  for (const key of ['..', '../../etc/passwd', '/', '//a', 'a/', 'a//b', './a', '%2e%2e/x', 'a\\b', 'a+b']) {
    assert.deepEqual(where(`/b/${key.replaceAll('%', '%25')}`), ['b', key]);
  }
});

test('every key survives its encoding', () => {
  const keys = fc.string({ unit: 'binary', minLength: 1, maxLength: 250 }).filter((key) => !key.includes('\0'));
  fc.assert(fc.property(keys, (key) => assert.deepEqual(where(`/b/${uriEncode(key)}`), ['b', key])));
});

test('a plus is a space in the query and a plus in the path', () => {
  const address = parseAddress('/b/a+b?prefix=a+b%2B&x', '');
  assert.equal(address.key, 'a+b');
  assert.deepEqual(address.pairs, [
    ['prefix', 'a b+'],
    ['x', ''],
  ]);
});

test('bad UTF-8, bad escapes, NUL and long keys are refused', () => {
  for (const url of ['/b/%ff', '/b/%E0%A4%A', '/b/%', '/b/%zz', '/b/a%00b', '/b/%ed%a0%80', '/b/\xff', '/b?x=%c3']) {
    assert.throws(() => where(url), S3Error, url);
  }
  assert.equal(where(`/b/${'%C3%A4'.repeat(512)}`)[1]?.length, 512);
  assert.throws(() => where(`/b/${'%C3%A4'.repeat(512)}a`), { code: 'KeyTooLongError' });
  assert.throws(() => where('//key'), { code: 'InvalidBucketName' });
});

// input_bucket is what the configuration takes: a pipeline of that name did not start on the built-in store.
test("bucket names follow S3's rules; the configuration may have Ceph's underscores", () => {
  assert.equal(isBucketName('input_bucket'), true);
  for (const name of ['abc', 'a.b-c', '1ab', 'x'.repeat(63)]) checkNewBucketName(name);
  const bad = [
    'ab',
    'x'.repeat(64),
    'Abc',
    '_ab',
    'ab_',
    '-ab',
    'ab-',
    'a..b',
    'a.-b',
    '192.168.0.1',
    'ä'.repeat(5),
    'xn--abc',
    '',
  ];
  bad.push('sthree-abc', 'amzn-s3-demo-abc', 'abc-s3alias', 'abc--ol-s3', 'abc.mrap', 'abc--x-s3', 'abc--table-s3', 'a-.b');
  for (const name of bad) assert.throws(() => checkNewBucketName(name), { code: 'InvalidBucketName' }, name);
});
