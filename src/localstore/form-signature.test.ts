import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signForm, without } from '../../test/s3-form.ts';
import { authenticateForm } from './form-signature.ts';
import type { AccessKey } from './keys.ts';
import { S3Error } from './s3-error.ts';

const KEY: AccessKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  rights: 'everything',
};
const keys = { find: async (id: string) => (id === KEY.accessKeyId ? KEY : undefined) };

// The form of "Example: Browser-Based Upload using HTTP POST" in the S3 API reference, with the signature printed there.
const LINES = [
  '{ "expiration": "2015-12-30T12:00:00.000Z",',
  '  "conditions": [',
  '    {"bucket": "sigv4examplebucket"},',
  '    ["starts-with", "$key", "user/user1/"],',
  '    {"acl": "public-read"},',
  '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
  '    ["starts-with", "$Content-Type", "image/"],',
  '    {"x-amz-meta-uuid": "14365123651274"},',
  '    {"x-amz-server-side-encryption": "AES256"},',
  '    ["starts-with", "$x-amz-meta-tag", ""],',
  '',
  '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
  '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
  '    {"x-amz-date": "20151229T000000Z" }',
  '  ]',
  '}',
];
const NOW = Date.parse('2015-12-29T00:00:00Z');
const PUBLISHED = {
  'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request',
  'x-amz-algorithm': 'AWS4-HMAC-SHA256',
  'x-amz-date': '20151229T000000Z',
  policy: Buffer.from(LINES.join('\r\n')).toString('base64'),
  'x-amz-signature': '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e',
};

function ask(fields: Record<string, string | undefined>, now = NOW) {
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return authenticateForm(new Map(given), keys, 'us-east-1', now);
}

function fails(code: string, message = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof S3Error, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

/** By lower-case name, as a form is read. */
function signed(version: 2 | 4, change: Record<string, string | undefined> = {}, time = new Date(NOW)) {
  const parts = without('file')(signForm({ key: KEY }, { version, time, policy: '{}' }));
  return { ...Object.fromEntries(parts.map(({ name, value }) => [name.toLowerCase(), String(value)])), ...change };
}

test('the published example is proven, and not with one byte less', async () => {
  assert.deepEqual(await ask(PUBLISHED), { accessKey: KEY, payload: {}, presigned: false });
  const other = Buffer.from(LINES.join('\r\n').replace('user1', 'user2')).toString('base64');
  await assert.rejects(ask({ ...PUBLISHED, policy: other }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ ...PUBLISHED, policy: PUBLISHED.policy.slice(0, -1) }), fails('SignatureDoesNotMatch'));
});

test('a policy in which letters were moved above ASCII has another signature', async () => {
  // Their low bytes are the same, and whoever decodes base64 may skip them.
  const moved = PUBLISHED.policy.replace(/^..../, (four) => String.fromCharCode(...[...four].map((c) => c.charCodeAt(0) + 256)));
  await assert.rejects(ask({ ...PUBLISHED, policy: moved }), fails('SignatureDoesNotMatch'));
  const version2 = signed(2);
  const policy = String.fromCharCode((version2.policy ?? '').charCodeAt(0) + 256) + version2.policy?.slice(1);
  await assert.rejects(ask({ ...version2, policy }), fails('SignatureDoesNotMatch'));
});

test('version 2 is proven by the HMAC-SHA1 of the policy', async () => {
  assert.equal((await ask(signed(2))).accessKey, KEY);
  await assert.rejects(ask(signed(2, { policy: 'e30K' })), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask(signed(2, { signature: '' })), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask(signed(2, { awsaccesskeyid: 'AKIAIOSFODNN7EXAMPLF' })), fails('InvalidAccessKeyId'));
});

test('a form without a policy is nobody, one without a field of its signature is told which', async () => {
  await assert.rejects(ask({}), fails('AccessDenied', /needs a policy/));
  await assert.rejects(ask(signed(4, { policy: undefined })), fails('AccessDenied', /needs a policy/));
  await assert.rejects(ask(signed(4, { policy: '' })), fails('AccessDenied', /needs a policy/));
  for (const [version, name, written] of [
    [4, 'x-amz-signature', 'X-Amz-Signature'],
    [4, 'x-amz-algorithm', 'X-Amz-Algorithm'],
    [4, 'x-amz-credential', 'X-Amz-Credential'],
    [4, 'x-amz-date', 'X-Amz-Date'],
    [2, 'signature', 'Signature'],
    [2, 'awsaccesskeyid', 'AWSAccessKeyId'],
  ] as const) {
    await assert.rejects(ask(signed(version, { [name]: undefined })), fails('InvalidArgument', new RegExp(`'${written}'`)));
  }
  await assert.rejects(ask({ policy: 'e30=' }), fails('InvalidArgument', /'X-Amz-Signature'/));
});

test('what names no key, day or way of signing that is ours is refused with the reason', async () => {
  const malformed = (change: Record<string, string>) =>
    assert.rejects(ask(signed(4, change)), fails('AuthorizationQueryParametersError'), JSON.stringify(change));
  await malformed({ 'x-amz-algorithm': 'AWS4-HMAC-SHA1' });
  await malformed({ 'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/us-east-1/s3/aws4_request' });
  await malformed({ 'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/ec2/aws4_request' });
  await malformed({ 'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20151228/us-east-1/s3/aws4_request' });
  await malformed({ 'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20151229/eu-west-1/s3/aws4_request' });
  await malformed({ 'x-amz-date': '2015-12-29T00:00:00Z' });
  const unknown = { 'x-amz-credential': 'AKIAIOSFODNN7EXAMPLF/20151229/us-east-1/s3/aws4_request' };
  await assert.rejects(ask(signed(4, unknown)), fails('InvalidAccessKeyId'));
  for (const version of [2, 4] as const) {
    await assert.rejects(ask(signed(version, { 'x-amz-security-token': 'token' })), fails('InvalidToken', /temporary/));
  }
});

test('version 4 is good for seven days, and for clocks that go a quarter of an hour ahead', async () => {
  const week = 7 * 24 * 3_600_000;
  await ask(signed(4), NOW + week);
  await assert.rejects(ask(signed(4), NOW + week + 1_000), fails('AccessDenied', /expired/));
  await ask(signed(4), NOW - 14 * 60_000);
  await assert.rejects(ask(signed(4), NOW - 16 * 60_000), fails('AccessDenied', /not yet valid/));
  await ask(signed(2), NOW + 100 * week);
});
