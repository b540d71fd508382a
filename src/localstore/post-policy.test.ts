import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkPolicy, readPolicy } from './post-policy.ts';
import { S3Error } from './s3-error.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const LATER = '2026-01-01T00:00:01Z';

const encode = (text: string) => Buffer.from(text).toString('base64');
const policyOf = (...conditions: unknown[]) => encode(JSON.stringify({ expiration: LATER, conditions }));
const read = (document: unknown) => readPolicy(encode(typeof document === 'string' ? document : JSON.stringify(document)));

function check(fields: Record<string, string>, ...conditions: unknown[]) {
  return checkPolicy(readPolicy(policyOf(...conditions)), new Map(Object.entries(fields)), NOW);
}

function fails(code: string, message: string | RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof S3Error, String(error));
    assert.equal(error.code, code);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  };
}

const invalid = (why: string | RegExp = /^Invalid Policy: /) =>
  fails('InvalidPolicyDocument', typeof why === 'string' ? `Invalid Policy: ${why}` : why);
const unmet = (condition: string) => fails('AccessDenied', `Invalid according to Policy: Policy Condition failed: ${condition}`);
const extra = (names: string) => fails('AccessDenied', `Invalid according to Policy: Extra input fields: ${names}`);

test('what is no policy is refused with what is wrong with it', () => {
  for (const text of ['', 'nonsense', '[]', 'null', '1', '"text"', '{"expiration":'])
    assert.throws(() => read(text), invalid('Invalid JSON.'), text);
  assert.throws(() => readPolicy('%%%'), invalid('Invalid JSON.'));
  assert.throws(() => readPolicy(Buffer.from([0x22, 0xff, 0x22]).toString('base64')), invalid('Invalid JSON.'));
  assert.throws(() => read({ conditions: [] }), invalid('Policy missing expiration.'));
  assert.throws(() => read({ expiration: LATER }), invalid('Policy missing conditions.'));
  assert.throws(() => read({ EXPIRATION: LATER, conditions: [] }), invalid('Policy missing expiration.'));
  assert.throws(() => read({ expiration: LATER, CONDITIONS: [] }), invalid('Policy missing conditions.'));
  for (const conditions of [{}, null, 'all', 1]) assert.throws(() => read({ expiration: LATER, conditions }), invalid());
});

test('the end of a policy is a time in UTC, and counts', () => {
  for (const expiration of ['2026-01-01T00:00:01Z', '2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.000001Z']) {
    const policy = read({ expiration, conditions: [] });
    checkPolicy(policy, new Map(), NOW - 1);
    assert.throws(
      () => checkPolicy(policy, new Map(), NOW + 1_000),
      fails('AccessDenied', 'Invalid according to Policy: Policy expired.'),
    );
  }
  for (const expiration of [
    'tomorrow',
    '2026-01-01',
    '2026-01-01 00:00:01',
    '2026-01-01T00:00:01+00:00',
    '2026-13-01T00:00:00Z',
    1767225601,
    null,
  ]) {
    assert.throws(() => read({ expiration, conditions: [] }), invalid(`Invalid 'expiration' value: '${expiration}'`));
  }
});

test('a condition that says nothing is refused', () => {
  const one = (condition: unknown) => () => readPolicy(policyOf(condition));
  const single = 'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.';
  assert.throws(one({}), invalid(single));
  assert.throws(one({ acl: 'private', key: 'k' }), invalid(single));
  assert.throws(one({ acl: 1 }), invalid('Invalid Simple-Condition: value must be a string.'));
  for (const condition of [
    'acl',
    null,
    1,
    [],
    ['eq', '$key'],
    ['eq', '$key', 'a', 'b'],
    ['eq', '$key', 1],
    ['eq', 1, 'a'],
    ['contains', '$key', 'a'],
    [1, '$key', 'a'],
    ['content-length-range', 0],
    ['content-length-range', -1, 0],
    ['content-length-range', 0, 1.5],
    ['content-length-range', 0, 1e300],
    ['content-length-range', 0, null],
  ]) {
    assert.throws(one(condition), invalid(), JSON.stringify(condition));
  }
});

test('a field equals, or begins with, what its condition says, down to the case of its letters', () => {
  check({ acl: 'private' }, { acl: 'private' });
  check({ acl: 'private' }, ['eq', '$acl', 'private']);
  check({ key: 'user/a' }, ['starts-with', '$key', 'user/']);
  check({ key: 'user/a' }, ['starts-with', '$key', '']);
  assert.throws(() => check({ acl: 'Private' }, { acl: 'private' }), unmet('["eq", "$acl", "private"]'));
  assert.throws(() => check({ acl: 'private2' }, ['eq', '$acl', 'private']), unmet('["eq", "$acl", "private"]'));
  assert.throws(() => check({ key: 'User/a' }, ['starts-with', '$key', 'user/']), unmet('["starts-with", "$key", "user/"]'));
  assert.throws(() => check({ key: 'a' }, ['eq', 'key', 'a']), unmet('["eq", "key", "a"]'));
});

test('a field that is not there begins with nothing, and equals nothing', () => {
  check({}, ['starts-with', '$key', '']);
  assert.throws(() => check({}, ['starts-with', '$key', 'a']), unmet('["starts-with", "$key", "a"]'));
  assert.throws(() => check({}, { key: '' }), unmet('["eq", "$key", ""]'));
  check({ key: '' }, { key: '' });
});

test('several conditions for a field must all hold, in the order of the policy', () => {
  check({ key: 'ab' }, ['starts-with', '$key', 'a'], ['starts-with', '$key', 'ab']);
  assert.throws(() => check({ key: 'ac' }, { key: 'x' }, ['starts-with', '$key', 'ab']), unmet('["eq", "$key", "x"]'));
});

test('names and operators are told apart without regard to case', () => {
  check({ 'content-type': 'image/png', key: 'k' }, ['StArTs-WiTh', '$CoNtEnT-TyPe', 'image/'], { KEY: 'k' });
  assert.deepEqual(check({}, ['Content-Length-Range', 1, 2]), { least: 1, most: 2 });
});

test('of several content types each must begin so; elsewhere a comma is a character', () => {
  const images = ['starts-with', '$Content-Type', 'image/'];
  check({ 'content-type': 'image/png, image/gif' }, images);
  assert.throws(
    () => check({ 'content-type': 'image/png,text/html' }, images),
    unmet('["starts-with", "$Content-Type", "image/"]'),
  );
  assert.throws(() => check({ 'content-type': 'image/png,' }, images), unmet('["starts-with", "$Content-Type", "image/"]'));
  check({ key: 'a,b' }, ['starts-with', '$key', 'a,']);
});

test('every field needs a condition, except those of the proof, the file and the ignored ones', () => {
  const proof = { policy: 'p', signature: 's', 'x-amz-signature': 's', awsaccesskeyid: 'k', file: 'f', 'x-ignore-me': 'i' };
  check(proof);
  assert.throws(() => check({ ...proof, 'x-amz-date': 'd' }), extra('x-amz-date'));
  assert.throws(() => check({ bucket: 'b', key: 'k' }), extra('bucket, key'));
  assert.throws(() => check({ key: 'k', expires: '0' }, { Key: 'k' }), extra('expires'));
});

test('of several sizes the narrowest count; sizes may be text, but must be numbers', () => {
  assert.deepEqual(check({}), { least: 0, most: Number.POSITIVE_INFINITY });
  assert.deepEqual(check({}, ['content-length-range', 1, 10], ['content-length-range', '2', '20']), { least: 2, most: 10 });
  const condition = ['content-length-range', 'test', '10'];
  assert.throws(() => check({}, condition), unmet('["content-length-range", "test", "10"]'));
});

test('S3 escapes a dollar and a vertical tab with a backslash, which JSON does not know', () => {
  const keyOf = (text: string) => readPolicy(encode(`{"expiration":"${LATER}","conditions":[{"key":"${text}"}]}`)).conditions[0];
  assert.deepEqual(keyOf('\\$a'), { operator: 'eq', name: '$key', value: '$a' });
  assert.deepEqual(keyOf('\\\\$a'), { operator: 'eq', name: '$key', value: '\\$a' });
  assert.deepEqual(keyOf('\\\\\\$a'), { operator: 'eq', name: '$key', value: '\\$a' });
  assert.deepEqual(keyOf('a\\vb\\u0024\\n'), { operator: 'eq', name: '$key', value: 'a\vb$\n' });
  assert.throws(() => keyOf('\\x'), invalid('Invalid JSON.'));
});

const name = fc
  .stringMatching(/^[a-z][a-z-]{0,10}$/)
  .filter(
    (text) => !text.startsWith('x-ignore-') && !['policy', 'signature', 'file', 'awsaccesskeyid', 'content-type'].includes(text),
  );
const value = fc.string({ unit: 'grapheme' });
const form = fc.dictionary(name, value, { minKeys: 1, maxKeys: 6, noNullPrototype: true });

test('a policy written for a form lets in this form and none that differs in a field', () => {
  fc.assert(
    fc.property(form, fc.nat(), value, fc.nat(), (fields, pick, other, length) => {
      const names = Object.keys(fields);
      const conditions = names.map(
        (field, at) =>
          [
            ['eq', `$${field.toUpperCase()}`, fields[field] ?? ''],
            { [field]: fields[field] },
            ['starts-with', `$${field}`, (fields[field] ?? '').slice(0, length)],
          ][(at + length) % 3],
      );
      check(fields, ...conditions);
      const at = pick % names.length;
      const changed = names[at] ?? '';
      const without = conditions.filter((_, index) => index !== at);
      assert.throws(() => check(fields, ...without), extra(changed));
      if (other === fields[changed]) return;
      assert.throws(() => check({ ...fields, [changed]: other }, ...without, { [changed]: fields[changed] }), S3Error);
    }),
  );
});

test('escaping each dollar changes nothing of what a policy says', () => {
  const text = fc.string({ unit: fc.constantFrom('$', '\\', 'a', '"', '\n', '€') });
  fc.assert(
    fc.property(text, text, (key, prefix) => {
      const json = JSON.stringify({ expiration: LATER, conditions: [{ key }, ['starts-with', '$key', prefix]] });
      assert.deepEqual(read(json.replaceAll('$', '\\$')), read(json));
      assert.deepEqual(read(json).conditions[0], { operator: 'eq', name: '$key', value: key });
    }),
  );
});

test('whatever is signed, it is a policy or refused as none', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc
      .record({ expiration: fc.constant(LATER), conditions: fc.array(fc.jsonValue()) })
      .map((document) => JSON.stringify(document)),
  );
  fc.assert(
    fc.property(anything, (text) => {
      try {
        checkPolicy(readPolicy(encode(text)), new Map([['key', 'k']]), NOW);
      } catch (error) {
        assert.ok(error instanceof S3Error && ['InvalidPolicyDocument', 'AccessDenied'].includes(error.code), String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});
