// Where the store says it is, and what clients of another region are told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startTestStore, type TestStore, testClient } from '../../test/local-store.ts';
import { rawRequest } from '../../test/s3-request.ts';

let store: TestStore;
let s3: S3Client;
const Bucket = 'pictures';
const region = 'eu-north-1';

before(async () => {
  store = await startTestStore({ region });
  s3 = testClient(store, { region });
  await store.store.createBucket(Bucket);
});

after(async () => {
  s3.destroy();
  await store.stop();
});

const create = (LocationConstraint: string) => {
  const configuration = { LocationConstraint: LocationConstraint as 'eu-north-1' };
  return s3.send(
    new CreateBucketCommand({ Bucket: `in-${LocationConstraint.toLowerCase()}`, CreateBucketConfiguration: configuration }),
  );
};

test('a bucket is in the region of the store, whichever way that is asked', async () => {
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, region);
  assert.equal((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion, region);
  for (const parameters of [{ MaxBuckets: 10 }, { Prefix: 'pic' }, { BucketRegion: region }]) {
    const { Buckets } = await s3.send(new ListBucketsCommand(parameters));
    assert.deepEqual(
      Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion]),
      [[Bucket, region]],
    );
  }
  // Without a parameter S3 leaves it out.
  assert.equal((await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.BucketRegion, undefined);
  assert.deepEqual((await s3.send(new ListBucketsCommand({ BucketRegion: 'us-east-1' }))).Buckets ?? [], []);
});

test('a bucket is created in the region of the store, named or not, and in no other', async () => {
  await create(region);
  await s3.send(new CreateBucketCommand({ Bucket: 'anywhere' }));
  // So the AWS CLI 2.9 says that nobody has told it a region.
  await create('aws-global');
  for (const other of ['us-east-1', 'EU', 'eu-west-1']) {
    await assert.rejects(create(other), (error: Error) => {
      assert.equal(error.name, 'IllegalLocationConstraintException');
      assert.match(error.message, new RegExp(`^The ${other} location constraint is incompatible .*, which is ${region}\\.$`));
      return true;
    });
  }
});

test('a client of another region is told the right one in the error, in its text and in a header', async () => {
  const lost = testClient(store, { region: 'eu-west-1' });
  await assert.rejects(lost.send(new ListBucketsCommand({})), (error: Error & { Region?: string }) => {
    assert.equal(error.name, 'AuthorizationHeaderMalformed');
    assert.match(error.message, /; the region 'eu-west-1' is wrong; expecting 'eu-north-1'$/);
    assert.equal(error.Region, region);
    return true;
  });
  const url = await getSignedUrl(lost, new GetObjectCommand({ Bucket, Key: 'a' }));
  lost.destroy();
  const answer = await fetch(url);
  assert.deepEqual([answer.status, answer.headers.get('x-amz-bucket-region')], [400, region]);
  assert.match(
    await answer.text(),
    /<Code>AuthorizationQueryParametersError<.*'eu-west-1' is wrong.*<Region>eu-north-1<\/Region>/s,
  );
  // There is no body that could say it.
  const head = await rawRequest(store, { method: 'HEAD', url: '/pictures' });
  assert.deepEqual([head.status, head.body.length, head.headers['x-amz-bucket-region']], [400, 0, region]);
});

test('what is signed for the region of the store is served', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'bytes' }));
  assert.equal(await (await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'a' })))).text(), 'bytes');
});
