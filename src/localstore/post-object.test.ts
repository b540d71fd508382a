// Uploads by form through the real endpoint, byte by byte.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import { encodeForm, FORM_TYPE, postForm, postParts, type SignedForm, signForm } from '../../test/s3-form.ts';
import { rawRequest, sendRaw } from '../../test/s3-request.ts';

let store: TestStore;
let s3: S3Client;
const Bucket = 'pictures';

before(async () => {
  store = await startTestStore();
  s3 = testClient(store);
  await store.store.createBucket(Bucket);
});

after(async () => {
  s3.destroy();
  await store.stop();
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: S3 writes it so
const FILE_NAME = '${filename}';
const post = (form: SignedForm = {}) => postForm(store, form);
const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest('hex');
const head = (Key: string) => s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));

async function bytesOf(Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

test('a form signed in either version stores its file under its key', async () => {
  for (const version of [2, 4] as const) {
    const told = store.changes.length;
    const key = `ä b/${version}+.bin`;
    const answer = await post({ version, fields: { key }, file: `bytes ${version}` });
    assert.deepEqual([answer.status, answer.body.length], [204, 0], answer.body.toString());
    assert.equal(answer.headers.etag, `"${md5(`bytes ${version}`)}"`);
    assert.equal(answer.headers.location, `${store.endpoint}/pictures/%C3%A4%20b%2F${version}%2B.bin`);
    assert.equal((await bytesOf(key)).toString(), `bytes ${version}`);
    assert.equal((await head(key)).ContentType, 'binary/octet-stream');
    assert.deepEqual(
      store.changes.slice(told).map((change) => change.key),
      [key],
    );
    const got = await rawRequest(store, { url: new URL(answer.headers.location ?? '').pathname });
    assert.equal(got.body.toString(), `bytes ${version}`, 'the location leads to the object');
  }
});

test('what PutObject takes as headers a form gives as fields', async () => {
  const fields = {
    key: 'fields',
    'Content-Type': 'image/png',
    'Cache-Control': 'max-age=60',
    'Content-Disposition': 'attachment; filename="ä.png"',
    'content-encoding': 'gzip',
    'Content-Language': 'de',
    Expires: 'Wed, 21 Oct 2037 07:28:00 GMT',
    'X-Amz-Meta-By': 'Jürgen €',
    'x-amz-meta-empty': '',
    'x-amz-storage-class': 'STANDARD_IA',
    acl: 'private',
    tagging: '<Tagging><TagSet><Tag><Key>a</Key><Value>ä</Value></Tag></TagSet></Tagging>',
    'x-amz-checksum-sha256': createHash('sha256').update('bytes').digest('base64'),
    'x-amz-sdk-checksum-algorithm': 'SHA256',
    'Content-MD5': createHash('md5').update('bytes').digest('base64'),
  };
  const answer = await post({ fields });
  assert.equal(answer.status, 204, answer.body.toString());
  assert.equal(answer.headers['x-amz-checksum-sha256'], fields['x-amz-checksum-sha256']);
  const got = await rawRequest(store, { url: '/pictures/fields', headers: { 'x-amz-checksum-mode': 'ENABLED' } });
  const text = (name: string) => Buffer.from(String(got.headers[name]), 'latin1').toString();
  assert.deepEqual(
    ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires'].map(text),
    ['image/png', 'max-age=60', 'attachment; filename="ä.png"', 'gzip', 'de', 'Wed, 21 Oct 2037 07:28:00 GMT'],
  );
  assert.deepEqual([text('x-amz-meta-by'), text('x-amz-meta-empty')], ['Jürgen €', '']);
  assert.equal(got.headers['x-amz-checksum-sha256'], fields['x-amz-checksum-sha256']);
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'fields' }));
  assert.deepEqual(TagSet, [{ Key: 'a', Value: 'ä' }]);
});

test('the name of the file stands for itself in every field, and the policy is about the result', async () => {
  const fields = { key: `up/${FILE_NAME}`, 'x-amz-meta-name': `${FILE_NAME}|${FILE_NAME}|$&` };
  const conditions = [{ key: 'up/new $& name.png' }];
  const answer = await post({ fields, conditions, fileName: 'C:\\fakepath\\new $& name.png' });
  assert.equal(answer.status, 204, answer.body.toString());
  assert.deepEqual((await head('up/new $& name.png')).Metadata, { name: 'new $& name.png|new $& name.png|$&' });
  const literal = await post({ fields, conditions: [{ key: `up/${FILE_NAME}` }], fileName: 'a.png' });
  assert.match(
    literal.body.toString(),
    /Policy Condition failed: \[&quot;eq&quot;, &quot;\$key&quot;, &quot;up\/\$\{filename\}&quot;\]/,
  );
  assert.equal((await post({ fields: { key: FILE_NAME }, fileName: '' })).code, 'InvalidArgument');
});

describe('the answer to a form', () => {
  const key = 'answer/ä&b';
  const location = () => `${store.endpoint}/pictures/answer%2F%C3%A4%26b`;
  const result = `bucket=pictures&key=answer%2F%C3%A4%26b&etag=%22${md5('bytes')}%22`;
  const ask = (fields: Record<string, string>) => post({ fields: { key, ...fields } });

  test('is 204, 200 without a document, or 201 with one; no other status', async () => {
    for (const [asked, status] of [
      ['200', 200],
      ['204', 204],
      ['404', 204],
      ['', 204],
      ['2e2', 204],
    ] as const) {
      const answer = await ask({ success_action_status: asked });
      assert.deepEqual([answer.status, answer.body.length, answer.headers.location], [status, 0, location()]);
    }
    const answer = await ask({ success_action_status: '201' });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['content-type'], 'application/xml');
    assert.equal(
      answer.body.toString(),
      `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${location()}</Location><Bucket>pictures</Bucket>` +
        `<Key>answer/ä&amp;b</Key><ETag>&quot;${md5('bytes')}&quot;</ETag></PostResponse>`,
    );
  });

  test('leads to the address that the form names, with what was stored behind it', async () => {
    for (const [field, address, leads] of [
      ['success_action_redirect', 'https://page.test/done', `https://page.test/done?${result}`],
      ['redirect', 'http://page.test', `http://page.test/?${result}`],
      ['success_action_redirect', 'http://page.test/?a=%20b&c', `http://page.test/?a=%20b&c&${result}`],
      ['success_action_redirect', 'http://page.test/ä#part', `http://page.test/%C3%A4?${result}#part`],
      ['success_action_redirect', 'http://page.test/\r\nset-cookie: a=b', `http://page.test/set-cookie:%20a=b?${result}`],
    ] as const) {
      const answer = await ask({ [field]: address, success_action_status: '201' });
      assert.deepEqual([answer.status, answer.headers.location, answer.body.length], [303, leads, 0]);
      assert.equal(answer.headers.etag, `"${md5('bytes')}"`);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
    const both = await ask({ redirect: 'http://old.test/', success_action_redirect: 'http://new.test/' });
    assert.equal(both.headers.location, `http://new.test/?${result}`);
  });

  test('goes nowhere where the form names no address of the web', async () => {
    for (const address of [
      '',
      'done.html',
      '//page.test/',
      'ftp://page.test/',
      'javascript:alert(1)',
      'http://',
      'data:text/html,x',
    ]) {
      const answer = await ask({ success_action_redirect: address, success_action_status: '201' });
      assert.deepEqual([answer.status, answer.headers.location], [201, location()], address);
    }
  });

  test('names the bucket in the host where the form was sent there', async () => {
    const parts = signForm(store, { fields: { key: 'hosted/key' } });
    const host = `pictures.localhost:${store.port}`;
    const answer = await postParts(store, parts, '/', { host });
    assert.deepEqual([answer.status, answer.headers.location], [204, `http://${host}/hosted%2Fkey`]);
    assert.equal((await bytesOf('hosted/key')).toString(), 'bytes');
  });
});

test('an object that is there is replaced, unless the form may only create', async () => {
  const write = (file: string, fields = {}) => post({ fields: { key: 'again', ...fields }, file });
  assert.equal((await write('first')).status, 204);
  assert.equal((await write('second', { 'If-None-Match': '*' })).code, 'PreconditionFailed');
  assert.equal((await bytesOf('again')).toString(), 'first');
  assert.equal((await write('second')).status, 204);
  assert.equal((await bytesOf('again')).toString(), 'second');
});

test('of many forms that may only create, one wins', async () => {
  const fields = { key: 'race', 'If-None-Match': '*' };
  const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => post({ fields, file: `${at}` })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [204, ...Array.from({ length: 7 }, () => 412)]);
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
});

test('files of every size come through whole, with a length announced or not', async () => {
  const boundary = 4 * 1024 * 1024;
  for (const size of [0, 1, 65_536, 1_000_000, boundary - 3_000, boundary, 20_000_000]) {
    const file = randomBytes(size);
    const answer = await post({ fields: { key: 'sized' }, file });
    assert.deepEqual([answer.status, answer.headers.etag], [204, `"${md5(file)}"`], String(size));
    assert.ok((await bytesOf('sized')).equals(file), String(size));
    const body = encodeForm(signForm(store, { fields: { key: 'unsized' }, file }));
    const headers = { host: 'localhost', 'content-type': FORM_TYPE, 'transfer-encoding': 'chunked' };
    assert.equal((await sendRaw(store.port, 'POST', '/pictures', headers, body)).status, 204);
    assert.ok((await bytesOf('unsized')).equals(file), String(size));
  }
  assert.deepEqual(await store.blobFiles(), await store.blobNames());
});

test('forms at the same time keep to themselves', async () => {
  const files = Array.from({ length: 12 }, (_, at) => randomBytes(at % 2 === 0 ? 1_000 : 5_000_000));
  await Promise.all(
    files.map(async (file, at) => assert.equal((await post({ fields: { key: `many/${at}` }, file })).status, 204)),
  );
  for (const [at, file] of files.entries()) assert.ok((await bytesOf(`many/${at}`)).equals(file), String(at));
});

test('the log and errors name the key of the form, and no signature', async () => {
  await post({ fields: { key: 'named/key' } });
  await store.seen(({ data }) => data.method === 'POST' && data.key === 'named/key' && data.status === 204);
  const refusal = await post({ fields: { key: 'named/other' }, conditions: [['starts-with', '$key', 'x']] });
  assert.match(refusal.body.toString(), /<Resource>\/pictures\/named\/other</);
  await store.seen(
    ({ data }) => data.key === 'named/other' && data.code === 'AccessDenied' && data.accessKey === store.key.accessKeyId,
  );
  assert.ok(!/[0-9a-f]{64}/.test(JSON.stringify(store.lines)), 'no signature');
});

test('the page of an origin that may call can read the answer; others can send no less and read nothing', async () => {
  const parts = signForm(store, {});
  const own = await postParts(store, parts, '/pictures', { origin: 'http://page.test' });
  assert.deepEqual([own.status, own.headers['access-control-allow-origin']], [204, 'http://page.test']);
  const other = await postParts(store, parts, '/pictures', { origin: 'http://other.test' });
  assert.deepEqual([other.status, other.headers['access-control-allow-origin']], [204, undefined]);
});
