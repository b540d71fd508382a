// Uploads by form that are refused: each leaves neither a row nor a byte.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import {
  encodeForm,
  FORM_TYPE,
  having,
  type Part,
  postForm,
  postParts,
  type SignedForm,
  signForm,
  without,
} from '../../test/s3-form.ts';
import { sendRaw } from '../../test/s3-request.ts';

let store: TestStore;
let there: unknown[];

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
  await post({ fields: { key: 'there' } });
});

after(() => store.stop());

beforeEach(async () => {
  there = await objects();
});

const post = (form: SignedForm) => postForm(store, form);

async function objects(): Promise<unknown[]> {
  return (await store.query('SELECT bucket, key, etag, modified_at FROM store_object ORDER BY bucket, key')).rows;
}

async function refused(form: SignedForm, code: string, message = /./): Promise<void> {
  const answer = await post(form);
  assert.deepEqual([answer.code, message.test(answer.body.toString())], [code, true], answer.body.toString());
  await leftNothing();
}

async function leftNothing(): Promise<void> {
  assert.deepEqual(await objects(), there);
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
}

test('a form without a proof', async () => {
  await refused({ forge: without('policy') }, 'AccessDenied', /needs a policy/);
  await refused(
    { forge: without('policy', 'x-amz-signature', 'x-amz-credential', 'x-amz-algorithm', 'x-amz-date') },
    'AccessDenied',
  );
  await refused({ forge: without('x-amz-signature') }, 'InvalidArgument', /named 'X-Amz-Signature'/);
  await refused({ version: 2, forge: without('signature') }, 'InvalidArgument', /named 'Signature'/);
  await refused({ version: 2, forge: without('AWSAccessKeyId') }, 'InvalidArgument', /named 'AWSAccessKeyId'/);
  for (const version of [2, 4] as const) {
    const unknown = { accessKeyId: 'PXMLNOBODY', secretAccessKey: 'x' };
    await refused({ version, key: unknown }, 'InvalidAccessKeyId');
    await refused({ version, key: { ...store.key, secretAccessKey: 'x' } }, 'SignatureDoesNotMatch');
    const other = Buffer.from('{"expiration":"2999-01-01T00:00:00Z","conditions":[]}').toString('base64');
    await refused({ version, forge: having({ policy: other }) }, 'SignatureDoesNotMatch');
    await refused({ version, forge: (parts) => [...parts].sort((a) => (a.name === 'policy' ? 1 : -1)) }, 'AccessDenied');
  }
});

test('a form against its policy', async () => {
  await refused({ expiration: new Date(Date.now() - 1_000).toISOString() }, 'AccessDenied', /Policy expired\./);
  await refused({ expiration: 'soon' }, 'InvalidPolicyDocument');
  await refused({ policy: '{}' }, 'InvalidPolicyDocument');
  await refused({ policy: 'none' }, 'InvalidPolicyDocument');
  await refused({ conditions: [['starts-with', '$key', 'user/']] }, 'AccessDenied', /Policy Condition failed/);
  await refused({ conditions: [{ 'x-amz-meta-by': 'x' }] }, 'AccessDenied', /Policy Condition failed/);
  await refused({ forge: (parts) => [{ name: 'Expires', value: '0' }, ...parts] }, 'AccessDenied', /Extra input fields: expires/);
  await refused({ conditions: [{ bucket: 'other' }] }, 'AccessDenied', /Policy Condition failed: .*\$bucket/);
  const elsewhere = await postParts(store, signForm(store, { url: '/other' }), '/pictures');
  assert.equal(elsewhere.code, 'AccessDenied');
  const expiration = new Date(Date.now() + 60_000).toISOString();
  const anyBucket = JSON.stringify({ expiration, conditions: [['starts-with', '$key', '']] });
  await refused({ version: 2, policy: anyBucket }, 'AccessDenied', /Extra input fields: bucket/);
});

test('a file of a size that its policy does not allow', async () => {
  const within = (least: number, most: number) => [['content-length-range', least, most]];
  for (const size of [10, 5_000_000]) {
    const file = Buffer.alloc(size);
    await refused({ file, conditions: within(0, size - 1) }, 'EntityTooLarge', new RegExp(`MaxSizeAllowed>${size - 1}<`));
    await refused({ file, conditions: within(size + 1, size + 9) }, 'EntityTooSmall', new RegExp(`MinSizeAllowed>${size + 1}<`));
    const fits = await post({ fields: { key: 'there' }, file, conditions: within(size, size) });
    assert.equal(fits.status, 204, fits.body.toString());
    there = await objects();
  }
  await refused({ file: '', conditions: within(1, 10) }, 'EntityTooSmall');
  await refused({ file: 'x', conditions: within(0, 0) }, 'EntityTooLarge');
});

test('a form without a key that can be kept, or without a file', async () => {
  await refused({ forge: without('key') }, 'InvalidArgument', /named 'key'\. {2}If it is specified, please check the order/);
  await refused({ forge: (parts) => [...without('key')(parts), { name: 'key', value: 'late' }] }, 'InvalidArgument');
  await refused({ forge: without('file') }, 'InvalidArgument', /exactly one file.*<ArgumentValue>0</);
  await refused({ forge: (parts) => [...parts, { name: 'file', value: 'second' }] }, 'InvalidArgument', /<ArgumentValue>2</);
  await refused({ fields: { key: '' } }, 'InvalidArgument', /length greater than 0/);
  await refused({ fields: { key: 'a'.repeat(1025) } }, 'KeyTooLongError');
  await refused({ fields: { key: 'a\0b' } }, 'InvalidURI');
  const half: Part = { name: 'key', value: Buffer.from('00d8', 'hex'), head: ['Content-Type: text/plain; charset=utf-16le'] };
  await refused({ forge: (parts) => [half, ...without('key')(parts)] }, 'InvalidURI');
});

test('a form with what no object can have', async () => {
  await refused({ fields: { 'x-amz-meta-a': 'b\r\nset-cookie: c=d' } }, 'InvalidArgument', /control characters/);
  await refused({ fields: { 'Content-Type': 'a/b\r\nset-cookie: c=d' } }, 'InvalidArgument', /control characters/);
  await refused({ fields: { 'x-amz-meta-a b': 'c' } }, 'InvalidArgument', /malformed/);
  await refused({ fields: { 'x-amz-meta-a': 'x'.repeat(2048) } }, 'MetadataTooLarge');
  await refused({ fields: { acl: 'public-read' } }, 'AccessControlListNotSupported');
  await refused({ fields: { 'x-amz-grant-read': 'uri="x"' } }, 'AccessControlListNotSupported');
  await refused({ fields: { 'x-amz-storage-class': 'SHELF' } }, 'InvalidStorageClass');
  await refused({ fields: { 'x-amz-server-side-encryption': 'AES256' } }, 'NotImplemented', /x-amz-server-side-encryption/);
  await refused({ fields: { 'x-amz-website-redirect-location': 'a' } }, 'InvalidRedirectLocation');
  await refused({ fields: { 'x-amz-security-token': 'token' } }, 'InvalidToken');
  await refused({ fields: { tagging: 'a=b' } }, 'MalformedXML');
  await refused({ fields: { tagging: '<!DOCTYPE a><Tagging><TagSet/></Tagging>' } }, 'MalformedXML');
  const tags = Array.from({ length: 11 }, (_, at) => `<Tag><Key>${at}</Key><Value/></Tag>`).join('');
  await refused({ fields: { tagging: `<Tagging><TagSet>${tags}</TagSet></Tagging>` } }, 'InvalidTag');
});

test('a form whose file is not what the form says', async () => {
  for (const file of ['bytes', randomBytes(5_000_000)]) {
    await refused({ file, fields: { 'x-amz-checksum-crc32': 'AAAAAA==' } }, 'BadDigest');
    await refused({ file, fields: { 'Content-MD5': createHash('md5').update('other').digest('base64') } }, 'BadDigest');
  }
  await refused({ fields: { 'x-amz-checksum-crc32': 'AAAA' } }, 'InvalidRequest');
  await refused({ fields: { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': 'AAAA' } }, 'InvalidRequest');
});

test('a form for no bucket, which nobody is told without a proof', async () => {
  const nowhere = await post({ url: '/nowhere' });
  assert.equal(nowhere.code, 'NoSuchBucket');
  const unproven = await post({ url: '/nowhere', forge: without('policy') });
  assert.equal(unproven.code, 'AccessDenied');
  await leftNothing();
});

test('a body that is no form of this kind, or no whole one', async () => {
  const body = encodeForm(signForm(store, { file: Buffer.alloc(100_000) }));
  const send = (bytes: Buffer, type = FORM_TYPE, url = '/pictures') => {
    const headers = { host: `127.0.0.1:${store.port}`, 'content-type': type, 'content-length': String(bytes.length) };
    return sendRaw(store.port, 'POST', url, headers, bytes);
  };
  const urlEncoded = await send(Buffer.from('key=a&file=b'), 'application/x-www-form-urlencoded');
  assert.deepEqual([urlEncoded.status, urlEncoded.code], [412, 'PreconditionFailed']);
  assert.match(urlEncoded.body.toString(), /<Condition>Bucket POST must be of the enclosure-type multipart\/form-data</);
  assert.equal((await send(body, 'multipart/form-data')).code, 'MalformedPOSTRequest');
  assert.equal((await send(body.subarray(0, -10))).code, 'MalformedPOSTRequest');
  assert.equal((await send(body.subarray(0, -50_000))).code, 'MalformedPOSTRequest');
  assert.equal((await send(Buffer.alloc(0))).code, 'MalformedPOSTRequest');
  assert.equal((await send(body, FORM_TYPE, '/')).status, 403);
  assert.equal((await send(body, FORM_TYPE, '/pictures/key')).status, 403);
  assert.equal((await send(body, FORM_TYPE, '/pictures?delete')).status, 403);
  await leftNothing();
});

test('a form whose fields are too large', async () => {
  await refused({ fields: { 'x-amz-meta-a': 'x'.repeat(20_480) } }, 'MaxPostPreDataLengthExceeded', /PreDataLengthBytes>20480</);
});

test('a form whose sender leaves in the middle of the file', async () => {
  const socket = connect(store.port, '127.0.0.1');
  const body = encodeForm(signForm(store, { fields: { key: 'left' }, file: Buffer.alloc(6_000_000) }));
  const lines = [
    'POST /pictures HTTP/1.1',
    'Host: localhost',
    `Content-Type: ${FORM_TYPE}`,
    `Content-Length: ${body.length}`,
    '',
    '',
  ];
  socket.write(lines.join('\r\n'));
  socket.write(body.subarray(0, 5_000_000), () => socket.destroy());
  await store.seen(({ data }) => data.key === 'left' && data.code === 'IncompleteBody');
  await leftNothing();
});

test('a file that is too large is refused while it is still coming', { timeout: 30_000 }, async () => {
  const socket = connect(store.port, '127.0.0.1');
  const conditions = [['content-length-range', 0, 1_000_000]];
  const body = encodeForm(signForm(store, { conditions, file: Buffer.alloc(1_100_000) }));
  const lines = [
    'POST /pictures HTTP/1.1',
    'Host: localhost',
    `Content-Type: ${FORM_TYPE}`,
    'Content-Length: 4000000000',
    '',
    '',
  ];
  socket.write(lines.join('\r\n'));
  // Without its end; and no byte more is sent before the answer.
  socket.write(body.subarray(0, -100));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 400 [\s\S]*<Code>EntityTooLarge<\/Code>/);
  socket.destroy();
});

test('with Expect a form is asked for, and a body of another type is not', async () => {
  const parts = signForm(store, { fields: { key: 'expected' } });
  const good = await postParts(store, parts, '/pictures', { expect: '100-continue' });
  assert.deepEqual([good.status, good.continued], [204, true]);
  const bad = await postParts(store, parts, '/pictures', { expect: '100-continue', 'content-type': 'text/plain' });
  assert.deepEqual([bad.status, bad.continued], [412, false]);
});

// A connection that stalls is given up after 10 s.
test('a connection carries the next request after a form, stored or refused', { timeout: 8_000 }, async () => {
  const socket = connect(store.port, '127.0.0.1');
  // So long that they are refused before they have come whole.
  const file = Buffer.alloc(900_000);
  const forms: SignedForm[] = [
    {},
    { file, conditions: [['content-length-range', 0, 1]] },
    { file, forge: without('policy') },
    {},
  ];
  for (const form of forms) {
    const body = encodeForm(signForm(store, form));
    const lines = [
      'POST /pictures HTTP/1.1',
      'Host: localhost',
      `Content-Type: ${FORM_TYPE}`,
      `Content-Length: ${body.length}`,
      '',
      '',
    ];
    socket.write(Buffer.concat([Buffer.from(lines.join('\r\n')), body]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const expected = form.conditions ? /^HTTP\/1\.1 400 / : form.forge ? /^HTTP\/1\.1 403 / : /^HTTP\/1\.1 204 /;
    assert.match(answer.toString(), expected);
  }
  socket.destroy();
});
