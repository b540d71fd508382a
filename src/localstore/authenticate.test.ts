import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from './address.ts';
import { authenticate } from './authenticate.ts';
import type { AccessKey } from './keys.ts';
import { S3Error } from './s3-error.ts';
import { EMPTY_SHA256, formatAmzDate } from './sigv4.ts';

// The key, time and requests of "Authenticating Requests" in the S3 API reference, with the signatures printed there.
const KEY: AccessKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  rights: 'everything',
};
const NOW = Date.parse('2013-05-24T00:00:00Z');
const HOST = 'examplebucket.s3.amazonaws.com';
const keys = { find: async (id: string) => (id === KEY.accessKeyId ? KEY : undefined) };

interface Asked {
  method?: string;
  url: string;
  headers?: Record<string, string>;
  signedHeaders?: string;
  signature?: string;
  now?: number;
  keyId?: string;
  day?: string;
  region?: string;
}

function ask({ method = 'GET', url, headers = {}, signedHeaders, signature, now = NOW, ...asked }: Asked) {
  const { keyId = KEY.accessKeyId, day = '20130524', region = 'us-east-1' } = asked;
  const all: Record<string, string> = { host: HOST, ...headers };
  if (signature) {
    all['x-amz-date'] ??= '20130524T000000Z';
    all['x-amz-content-sha256'] ??= EMPTY_SHA256;
    const credential = `${keyId}/${day}/us-east-1/s3/aws4_request`;
    all.authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signedHeaders},Signature=${signature}`;
  }
  return authenticate({ method, address: parseAddress(url, HOST), headers: all }, keys, region, now);
}

function fails(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof S3Error);
    assert.equal(error.code, code);
    return true;
  };
}

const GET_OBJECT: Asked = {
  url: '/test.txt',
  headers: { range: 'bytes=0-9' },
  signedHeaders: 'host;range;x-amz-content-sha256;x-amz-date',
  signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
};

test('the published example of GET Object is proven', async () => {
  const identity = await ask(GET_OBJECT);
  assert.deepEqual(identity, { accessKey: KEY, payload: { sha256: EMPTY_SHA256 }, presigned: false });
});

const PUT_OBJECT: Asked = {
  method: 'PUT',
  url: '/test%24file.text',
  headers: {
    date: 'Fri, 24 May 2013 00:00:00 GMT',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  },
  signedHeaders: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
  signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
};

test('the published example of PUT Object is proven, its path encoded or not', async () => {
  await ask(PUT_OBJECT);
  await ask({ ...PUT_OBJECT, url: '/test$file.text' });
});

test('the published examples of bucket queries are proven', async () => {
  const signedHeaders = 'host;x-amz-content-sha256;x-amz-date';
  const lifecycle = 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543';
  await ask({ url: '/?lifecycle', signedHeaders, signature: lifecycle });
  const list = '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7';
  await ask({ url: '/?max-keys=2&prefix=J', signedHeaders, signature: list });
  await ask({ url: '/?prefix=J&max-keys=2', signedHeaders, signature: list });
});

const PRESIGNED =
  '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';

test('the published presigned URL is proven until it expires, and for nothing else', async () => {
  assert.equal((await ask({ url: PRESIGNED })).presigned, true);
  await ask({ url: PRESIGNED, now: NOW + 86_399_000 });
  await assert.rejects(ask({ url: PRESIGNED, now: NOW + 86_401_000 }), fails('AccessDenied'));
  await assert.rejects(ask({ url: PRESIGNED, now: NOW - 16 * 60_000 }), fails('AccessDenied'));
  await assert.rejects(ask({ url: PRESIGNED, method: 'PUT' }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ url: PRESIGNED.replace('test.txt', 'other.txt') }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ url: `${PRESIGNED}&versionId=null` }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ url: PRESIGNED.replace('86400', '604801') }), fails('AuthorizationQueryParametersError'));
});

test('a header that was added on the way is refused though the signature holds', async () => {
  const headers = { ...GET_OBJECT.headers, 'x-amz-acl': 'public-read' };
  await assert.rejects(ask({ ...GET_OBJECT, headers }), fails('AccessDenied'));
  await assert.rejects(ask({ url: PRESIGNED, headers: { 'x-amz-meta-a': 'b' } }), fails('AccessDenied'));
});

test('one bit of signature, header, day or key makes it unproven', async () => {
  const signature = `${GET_OBJECT.signature?.slice(0, -1)}0`;
  await assert.rejects(ask({ ...GET_OBJECT, signature }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ ...GET_OBJECT, headers: { range: 'bytes=0-8' } }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ ...GET_OBJECT, day: '20130523' }), fails('AuthorizationHeaderMalformed'));
  await assert.rejects(ask({ ...GET_OBJECT, keyId: 'AKIAIOSFODNN7EXAMPLF' }), fails('InvalidAccessKeyId'));
  await assert.rejects(ask({ ...GET_OBJECT, signedHeaders: 'range;x-amz-date' }), fails('AccessDenied'));
});

test('a request signed for another region is told which is right, before anything is looked up', async () => {
  const says = (code: string, complaint: string) => (error: unknown) => {
    assert.ok(fails(code)(error) && error instanceof S3Error);
    assert.equal(error.message, `${complaint}; the region 'us-east-1' is wrong; expecting 'eu-north-1'`);
    assert.deepEqual(error.details, { Region: 'eu-north-1' });
    assert.deepEqual(error.headers, { 'x-amz-bucket-region': 'eu-north-1' });
    return true;
  };
  const region = 'eu-north-1';
  const header = says('AuthorizationHeaderMalformed', 'The authorization header is malformed');
  await assert.rejects(ask({ ...GET_OBJECT, region }), header);
  await assert.rejects(ask({ ...GET_OBJECT, region, keyId: 'AKIAIOSFODNN7EXAMPLF' }), header);
  const query = says('AuthorizationQueryParametersError', 'Error parsing the X-Amz-Credential parameter');
  await assert.rejects(ask({ url: PRESIGNED, region }), query);
});

test('the components of the header come in any order, with any spaces', async () => {
  const { signature, signedHeaders } = GET_OBJECT;
  const credential = `Credential=${KEY.accessKeyId}/20130524/us-east-1/s3/aws4_request`;
  const headers = { range: 'bytes=0-9', 'x-amz-date': '20130524T000000Z', 'x-amz-content-sha256': EMPTY_SHA256 };
  for (const authorization of [
    `AWS4-HMAC-SHA256 Signature=${signature},SignedHeaders=${signedHeaders},${credential}`,
    `AWS4-HMAC-SHA256   ${credential} ,  SignedHeaders=${signedHeaders} , Signature=${signature}`,
  ]) {
    await ask({ url: '/test.txt', headers: { ...headers, authorization } });
  }
});

test('a header that cannot be read is told what it lacks', async () => {
  const told = (authorization: string, message: RegExp) =>
    assert.rejects(ask({ url: '/test.txt', headers: { authorization } }), { code: 'AuthorizationHeaderMalformed', message });
  await told('AWS4-HMAC-SHA256', /three components/);
  await told('AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request, SignedHeaders=host', /three components/);
  await told('AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=d', /Credential is mal-formed/);
  await told('AWS4-HMAC-SHA256 Credential=a/20130524/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=d', /s3/);
  await assert.rejects(ask({ ...GET_OBJECT, day: '20130523' }), { message: /Invalid credential date "20130523"/ });
  await assert.rejects(ask({ url: '/test.txt', headers: { authorization: 'AWS HAHAHA' } }), fails('InvalidArgument'));
});

test('whose signature does not hold is shown what was signed here, and nothing of the secret', async () => {
  const error = await ask({ ...GET_OBJECT, signature: 'abc' }).catch((thrown: S3Error) => thrown);
  assert.ok(error instanceof S3Error);
  const { AWSAccessKeyId, SignatureProvided, StringToSign, CanonicalRequest } = error.details;
  assert.deepEqual([error.code, AWSAccessKeyId, SignatureProvided], ['SignatureDoesNotMatch', KEY.accessKeyId, 'abc']);
  // As printed in the reference for this request.
  const hash = '7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972';
  assert.equal(StringToSign, `AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n${hash}`);
  assert.match(CanonicalRequest ?? '', /^GET\n\/test\.txt\n\nhost:/);
  assert.ok(!JSON.stringify(error.details).includes(KEY.secretAccessKey));
});

test('a token of lent credentials is of no use here', async () => {
  const headers = { ...GET_OBJECT.headers, 'x-amz-security-token': 'token' };
  await assert.rejects(ask({ ...GET_OBJECT, headers }), fails('InvalidToken'));
  await assert.rejects(ask({ url: `${PRESIGNED}&X-Amz-Security-Token=token` }), fails('InvalidToken'));
});

test('clocks may differ by a quarter of an hour, not more', async () => {
  await ask({ ...GET_OBJECT, now: NOW + 14 * 60_000 });
  await ask({ ...GET_OBJECT, now: NOW - 14 * 60_000 });
  await assert.rejects(ask({ ...GET_OBJECT, now: NOW + 16 * 60_000 }), fails('RequestTimeTooSkewed'));
  await assert.rejects(ask({ ...GET_OBJECT, now: NOW - 16 * 60_000 }), fails('RequestTimeTooSkewed'));
  // A clock that is off by days is told so, rather than that its credential is of another day.
  const headers = { ...GET_OBJECT.headers, 'x-amz-date': '20100707T215304Z' };
  await assert.rejects(ask({ ...GET_OBJECT, headers }), fails('RequestTimeTooSkewed'));
});

test('nobody gets in without a signature, or with one of a kind that is not served', async () => {
  await assert.rejects(ask({ url: '/test.txt' }), fails('AccessDenied'));
  await assert.rejects(ask({ url: '/test.txt', headers: { authorization: '' } }), fails('AccessDenied'));
  await assert.rejects(ask({ url: '/test.txt', headers: { authorization: 'Basic YTpi' } }), fails('InvalidArgument'));
  const authorization = 'AWS4-HMAC-SHA256 Credential=a/b/c';
  await assert.rejects(ask({ url: '/test.txt', headers: { authorization } }), fails('AuthorizationHeaderMalformed'));
  await assert.rejects(ask({ ...GET_OBJECT, url: `${PRESIGNED}` }), fails('InvalidArgument'));
});

test('a time is written as SigV4 writes it', () => {
  assert.equal(formatAmzDate(new Date(NOW)), '20130524T000000Z');
});
