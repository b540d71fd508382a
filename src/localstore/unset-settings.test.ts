// Settings of buckets, ACLs, locks and archives: what is read where nothing can be set, and what may be set all the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestStore, type TestStore } from '../../test/local-store.ts';
import { type RawRequest, rawRequest } from '../../test/s3-request.ts';
import { OWNER } from './attributes.ts';

let store: TestStore;

before(async () => {
  store = await startTestStore();
  await store.store.createBucket('pictures');
  await send({ method: 'PUT', url: '/pictures/a', body: 'x' });
});

after(() => store.stop());

const send = (request: RawRequest) => rawRequest(store, request);
const put = (url: string, body = '', headers: Record<string, string> = {}) => send({ method: 'PUT', url, body, headers });

test('every setting is read as S3 answers where nothing was set', async () => {
  for (const [name, code] of [
    ['encryption', 'ServerSideEncryptionConfigurationNotFoundError'],
    ['lifecycle', 'NoSuchLifecycleConfiguration'],
    ['object-lock', 'ObjectLockConfigurationNotFoundError'],
    ['policy', 'NoSuchBucketPolicy'],
    ['policyStatus', 'NoSuchBucketPolicy'],
    ['replication', 'ReplicationConfigurationNotFoundError'],
    ['website', 'NoSuchWebsiteConfiguration'],
    ['analytics&id=a', 'NoSuchConfiguration'],
    ['inventory&id=a', 'NoSuchConfiguration'],
    ['metrics&id=a', 'NoSuchConfiguration'],
    ['intelligent-tiering&id=a', 'NoSuchConfiguration'],
  ]) {
    const answer = await send({ url: `/pictures?${name}` });
    assert.deepEqual([answer.status, answer.code], [404, code], name);
  }
  for (const [name, text] of [
    ['abac', '<Status>Disabled<'],
    ['accelerate', '<AccelerateConfiguration'],
    ['analytics', '<IsTruncated>false<'],
    ['intelligent-tiering', '<IsTruncated>false<'],
    ['inventory', '<IsTruncated>false<'],
    ['logging', '<BucketLoggingStatus'],
    ['metrics', '<IsTruncated>false<'],
    ['notification', '<NotificationConfiguration'],
    ['ownershipControls', '<ObjectOwnership>BucketOwnerEnforced<'],
    ['publicAccessBlock', '<BlockPublicPolicy>true<'],
    ['requestPayment', '<Payer>BucketOwner<'],
    ['versioning', '<VersioningConfiguration'],
  ] as const) {
    const { status, body } = await send({ url: `/pictures?${name}` });
    assert.equal(status, 200, name);
    assert.ok(body.toString().includes(text), name);
  }
});

test('no setting can be read of a bucket that is not there, and none be made', async () => {
  for (const name of ['policy', 'encryption', 'inventory', 'versioning', 'publicAccessBlock', 'requestPayment']) {
    assert.equal((await send({ url: `/nowhere?${name}` })).code, 'NoSuchBucket', name);
  }
  assert.equal((await put('/nowhere?requestPayment', '<RequestPaymentConfiguration/>')).code, 'NoSuchBucket');
});

test('setting what holds already is a success; anything else is not implemented', async () => {
  const blocks = (last: boolean) =>
    `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>TRUE</BlockPublicPolicy><RestrictPublicBuckets>${last}</RestrictPublicBuckets></PublicAccessBlockConfiguration>`;
  const ownership = (value: string) =>
    `<OwnershipControls><Rule><ObjectOwnership>${value}</ObjectOwnership></Rule></OwnershipControls>`;
  const payer = (value: string) => `<RequestPaymentConfiguration><Payer>${value}</Payer></RequestPaymentConfiguration>`;
  for (const [name, holds, other] of [
    ['publicAccessBlock', blocks(true), blocks(false)],
    ['ownershipControls', ownership('BucketOwnerEnforced'), ownership('ObjectWriter')],
    ['requestPayment', payer('BucketOwner'), payer('Requester')],
    ['abac', '<AbacStatus><Status>Disabled</Status></AbacStatus>', '<AbacStatus><Status>Enabled</Status></AbacStatus>'],
    ['logging', '<BucketLoggingStatus/>', '<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>'],
    [
      'notification',
      '<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
      '<NotificationConfiguration><TopicConfiguration/></NotificationConfiguration>',
    ],
  ] as const) {
    assert.equal((await put(`/pictures?${name}`, holds)).status, 200, name);
    assert.equal((await put(`/pictures?${name}`, other)).code, 'NotImplemented', name);
    assert.equal((await put(`/pictures?${name}`, '<other/>')).code, 'MalformedXML', name);
  }
  for (const name of ['policy', 'versioning', 'lifecycle', 'encryption', 'website', 'accelerate']) {
    assert.equal((await put(`/pictures?${name}`, '<a/>')).code, 'NotImplemented', name);
  }
});

test('removing a setting that is not there is a success, as in S3, save where one is named', async () => {
  for (const name of ['encryption', 'lifecycle', 'policy', 'replication', 'website']) {
    assert.equal((await send({ method: 'DELETE', url: `/pictures?${name}` })).status, 204, name);
  }
  assert.equal((await send({ method: 'DELETE', url: '/pictures?metrics&id=a' })).code, 'NoSuchConfiguration');
  assert.equal((await send({ method: 'DELETE', url: '/pictures?publicAccessBlock' })).code, 'NotImplemented');
});

// They were taken for the plain operation: an annotation replaced its object, and removing one removed it.
test('what S3 has beside an object or a bucket is never taken for the object or the bucket', async () => {
  for (const [method, url] of [
    ['PUT', '/pictures/a?annotation&name=b'],
    ['GET', '/pictures/a?annotation'],
    ['DELETE', '/pictures/a?annotation&name=b'],
    ['PUT', '/pictures/a?encryption'],
    ['PUT', '/pictures/a?renameObject'],
    ['POST', '/pictures/a?select&select-type=2'],
    ['GET', '/pictures/a?torrent'],
    ['PUT', '/fresh?metadataInventoryTable'],
    ['PUT', '/fresh?metadataJournalTable'],
    ['PUT', '/fresh?metadataAnnotationTable'],
    ['DELETE', '/pictures?metadataTable'],
    ['GET', '/pictures?session'],
  ] as const) {
    assert.equal(
      (await send({ method, url, ...(method === 'GET' ? {} : { body: 'other' }) })).code,
      'NotImplemented',
      `${method} ${url}`,
    );
  }
  assert.equal((await send({ url: '/pictures/a' })).body.toString(), 'x');
  assert.equal((await send({ method: 'HEAD', url: '/fresh' })).status, 404);
});

test('locks and replication need versioning, which is never on; nothing is archived', async () => {
  assert.equal((await put('/pictures?object-lock', '<a/>')).code, 'InvalidBucketState');
  assert.equal((await put('/pictures?replication', '<a/>')).code, 'InvalidRequest');
  for (const name of ['retention', 'legal-hold']) {
    assert.equal((await send({ url: `/pictures/a?${name}` })).code, 'InvalidRequest');
    assert.equal((await put(`/pictures/a?${name}`, '<a/>')).code, 'InvalidRequest');
    assert.equal((await send({ url: `/pictures/none?${name}` })).code, 'NoSuchKey');
  }
  assert.equal((await put('/pictures/b', 'x', { 'x-amz-object-lock-mode': 'GOVERNANCE' })).code, 'InvalidRequest');
  const restored = await send({ method: 'POST', url: '/pictures/a?restore', body: '<RestoreRequest/>' });
  assert.deepEqual([restored.status, restored.code], [403, 'InvalidObjectState']);
});

test('the ACLs are the owner’s, and only they can be set', async () => {
  for (const url of ['/pictures?acl', '/pictures/a?acl']) {
    const { body } = await send({ url });
    assert.match(body.toString(), /<Permission>FULL_CONTROL<\/Permission>/);
    assert.equal((await put(url, body.toString())).status, 200);
    assert.equal((await put(url, '', { 'x-amz-acl': 'private' })).status, 200);
    assert.equal((await put(url, '', { 'x-amz-acl': 'public-read' })).code, 'AccessControlListNotSupported');
    assert.equal((await put(url, '', { 'x-amz-acl': 'nonsense' })).code, 'InvalidArgument');
    assert.equal((await put(url, '', { 'x-amz-grant-read': 'nonsense' })).code, 'InvalidArgument');
    assert.equal((await put(url, '', { 'x-amz-grant-read': 'id="1"' })).code, 'AccessControlListNotSupported');
    assert.equal((await put(url, '', { 'x-amz-grant-full-control': `id="${OWNER.id}"` })).status, 200);
    const reduced = body.toString().replace('FULL_CONTROL', 'READ');
    assert.equal((await put(url, reduced)).code, 'AccessControlListNotSupported');
    assert.equal((await put(url, body.toString().replace('FULL_CONTROL', 'ALL'))).code, 'MalformedACLError');
    assert.equal((await put(url, body.toString().replaceAll(OWNER.id, 'f00d'))).code, 'AccessDenied');
    assert.equal((await put(url, '<AccessControlPolicy>')).code, 'MalformedACLError');
    assert.equal((await put(url)).code, 'MissingSecurityHeader');
  }
  assert.equal((await send({ url: '/pictures/none?acl' })).code, 'NoSuchKey');
});

test('a bucket is created with nothing that it would not have', async () => {
  const refused = async (headers: Record<string, string>) => (await put('/fresh', '', headers)).code;
  assert.equal(await refused({ 'x-amz-acl': 'public-read' }), 'InvalidBucketAclWithObjectOwnership');
  assert.equal(await refused({ 'x-amz-grant-read': 'id="1"' }), 'InvalidBucketAclWithObjectOwnership');
  assert.equal(await refused({ 'x-amz-object-ownership': 'ObjectWriter' }), 'NotImplemented');
  assert.equal(await refused({ 'x-amz-object-ownership': 'nonsense' }), 'InvalidArgument');
  assert.equal(await refused({ 'x-amz-bucket-object-lock-enabled': 'true' }), 'NotImplemented');
  assert.equal((await send({ method: 'HEAD', url: '/fresh' })).status, 404);
  const fine = { 'x-amz-acl': 'private', 'x-amz-object-ownership': 'BucketOwnerEnforced' };
  assert.equal((await put('/fresh', '', fine)).status, 200);
});
