import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { parseAddress } from './address.ts';
import { authenticate } from './authenticate.ts';
import type { AccessKey } from './keys.ts';
import { S3Error } from './s3-error.ts';

const KEY: AccessKey = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  rights: 'everything',
};
const NOW = Date.parse('2007-03-27T19:36:42Z');
const keys = { find: async (id: string) => (id === KEY.accessKeyId ? KEY : undefined) };

interface Asked {
  method?: string;
  url: string;
  headers?: Record<string, string>;
  now?: number;
}

const ask = ({ method = 'GET', url, headers = {}, now = NOW }: Asked) =>
  authenticate({ method, address: parseAddress(url, 'awsexamplebucket1.localhost'), headers }, keys, 'us-east-1', now);

function fails(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof S3Error);
    assert.equal(error.code, code);
    return true;
  };
}

// The requests of "Signing and authenticating REST requests" in the S3 documentation, with the signatures printed there.
test('the published examples of the header are proven', async () => {
  const date = 'Tue, 27 Mar 2007 19:36:42 +0000';
  const sign = (signature: string) => ({ authorization: `AWS ${KEY.accessKeyId}:${signature}`, date });
  const get = { url: '/photos/puppy.jpg', headers: sign('qgk2+6Sv9/oM7G3qLEjTH1a1l1g=') };
  assert.deepEqual(await ask(get), { accessKey: KEY, payload: {}, presigned: false });
  const list = { ...sign('m0WP8eCtspQl5Ahe6L1SozdX9YA='), date: 'Tue, 27 Mar 2007 19:42:41 +0000' };
  await ask({ url: '/?prefix=photos&max-keys=50&marker=puppy', headers: list });
  // What a query asks for is signed, and its other parameters are not.
  await assert.rejects(ask({ url: '/?acl', headers: list }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ ...get, method: 'DELETE' }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ ...get, url: '/photos/kitty.jpg' }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ ...get, now: NOW + 16 * 60_000 }), fails('RequestTimeTooSkewed'));
  const added = { ...get.headers, 'x-amz-acl': 'public-read' };
  await assert.rejects(ask({ ...get, headers: added }), fails('SignatureDoesNotMatch'));
  const ancient = { ...get.headers, date: 'Tue, 07 Jul 1950 21:53:04 GMT' };
  await assert.rejects(ask({ ...get, headers: ancient }), fails('AccessDenied'));
  const { date: _, ...dateless } = get.headers;
  await assert.rejects(ask({ ...get, headers: dateless }), fails('AccessDenied'));
});

// Every listing of boto3 with version 2 failed.
test('a bucket is signed with or without the slash behind it', async () => {
  const date = 'Tue, 27 Mar 2007 19:36:42 GMT';
  for (const resource of ['/pictures', '/pictures/']) {
    const signature = createHmac('sha1', KEY.secretAccessKey).update(`GET\n\n\n${date}\n${resource}?acl`).digest('base64');
    const headers = { authorization: `AWS ${KEY.accessKeyId}:${signature}`, date };
    const address = parseAddress('/pictures?acl', '127.0.0.1');
    await authenticate({ method: 'GET', address, headers }, keys, 'us-east-1', NOW);
  }
});

test('x-amz-date takes the place of Date', async () => {
  const date = 'Tue, 27 Mar 2007 19:36:42 GMT';
  const text = `PUT\n\nimage/jpeg\n\nx-amz-date:${date}\n/awsexamplebucket1/a`;
  const signature = createHmac('sha1', KEY.secretAccessKey).update(text).digest('base64');
  const headers = { authorization: `AWS ${KEY.accessKeyId}:${signature}`, 'content-type': 'image/jpeg', 'x-amz-date': date };
  await ask({ method: 'PUT', url: '/a', headers: { ...headers, date: 'whatever' } });
});

/** A version 2 URL as boto3 and s3cmd make it, of the documented string to sign. */
function signedV2(expires: number, method = 'GET', more = ''): string {
  const text = `${method}\n\n\n${expires}\n/awsexamplebucket1/photos/puppy.jpg${more}`;
  const signature = encodeURIComponent(createHmac('sha1', KEY.secretAccessKey).update(text).digest('base64'));
  const sub = more === '' ? '' : `${more}&`;
  return `/photos/puppy.jpg${sub === '' ? '?' : sub}AWSAccessKeyId=${KEY.accessKeyId}&Expires=${expires}&Signature=${signature}`;
}

test('a version 2 URL is proven for GET, HEAD and PUT until it expires', async () => {
  const expires = NOW / 1000 + 600;
  assert.equal((await ask({ url: signedV2(expires) })).accessKey, KEY);
  await ask({ url: signedV2(expires, 'GET', '?response-content-type=a/b') });
  await ask({ url: signedV2(expires, 'PUT'), method: 'PUT' });
  await assert.rejects(ask({ url: signedV2(expires, 'DELETE'), method: 'DELETE' }), fails('AccessDenied'));
  await assert.rejects(ask({ url: signedV2(expires), method: 'PUT' }), fails('SignatureDoesNotMatch'));
  await assert.rejects(ask({ url: signedV2(expires), now: NOW + 601_000 }), fails('AccessDenied'));
  await assert.rejects(ask({ url: signedV2(NOW / 1000 + 30 * 86_400) }), fails('AccessDenied'));
  await assert.rejects(ask({ url: signedV2(expires).replace('puppy', 'kitty') }), fails('SignatureDoesNotMatch'));
});
