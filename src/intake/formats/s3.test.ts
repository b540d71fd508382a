import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../message.ts';
import { parseMessages } from '../parse.ts';

const parse = (body: unknown): Message[] => parseMessages({ headers: {}, body: JSON.stringify(body) });

/** One record as each store sends it, shortened by what says nothing of the object. */
const aws = (key: string, changes: object = {}) => ({
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'eu-central-1',
      eventTime: '2026-11-02T10:20:30.456Z',
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: 'AWS:AIDAEXAMPLE' },
      responseElements: { 'x-amz-request-id': 'C3D13FE58DE4C810', 'x-amz-id-2': 'FMyUVURIY8' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'pictures',
        bucket: { name: 'pictures', arn: 'arn:aws:s3:::pictures' },
        object: { key, size: 150_000, eTag: '702e1b59b3ba3a5d8e6cf2f5b3a3d111', versionId: 'v', sequencer: '0055AED6DCD90281E5' },
      },
      ...changes,
    },
  ],
});

const minio = (key: string) => ({
  EventName: 's3:ObjectCreated:Put',
  Key: `pictures/${key}`,
  Records: [
    {
      eventVersion: '2.0',
      eventSource: 'minio:s3',
      eventName: 's3:ObjectCreated:Put',
      responseElements: { 'x-amz-request-id': '17A6C2E4', 'x-minio-origin-endpoint': 'http://127.0.0.1:9000' },
      s3: {
        bucket: { name: 'pictures' },
        object: {
          key,
          size: 1,
          eTag: 'e1',
          contentType: 'image/png',
          userMetadata: { 'content-type': 'image/png' },
          sequencer: '17A6',
        },
      },
    },
  ],
});

/** As Ceph 16 sent it. */
const ceph = (key: string) => ({
  Records: [
    {
      eventVersion: '2.2',
      eventSource: 'ceph:s3',
      awsRegion: '',
      eventTime: '2026-11-25T17:33:39.725941Z',
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: 'testid' },
      requestParameters: { sourceIPAddress: '' },
      responseElements: { 'x-amz-request-id': '28191480.4113.4877826653681737661', 'x-amz-id-2': '1011-default-default' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'pixmill',
        bucket: { name: 'pictures', ownerIdentity: { principalId: 'testid' }, arn: 'arn:aws:s3:::pictures', id: '2819.4115.1' },
        object: {
          key,
          size: 640,
          eTag: 'bb3d4fb9dae8a5bca45c1e43ef0ef867',
          versionId: '',
          sequencer: 'F31B076B6AFD3D2C',
          metadata: [{ key: 'x-amz-checksum-crc32', val: 'WKmx7g==' }],
          tags: [],
        },
      },
      eventId: '1795628019.742260.bb3d4fb9dae8a5bca45c1e43ef0ef867',
      opaqueData: '',
    },
  ],
});

function keyOf([message]: Message[]): string | undefined {
  return message?.kind === 'objects' ? message.objects[0]?.key : undefined;
}

test('AWS encodes keys as a form does', () => {
  assert.equal(keyOf(parse(aws('a+b%2Bc.png'))), 'a b+c.png');
  assert.equal(keyOf(parse(aws('in/%C3%A4%2B%25.png'))), 'in/ä+%.png');
});

test('Ceph sends keys as they are: the same bytes are another key', () => {
  assert.equal(keyOf(parse(ceph('a+b%2Bc.png'))), 'a+b%2Bc.png');
  assert.equal(keyOf(parse(ceph('%'))), '%');
});

test('MinIO encodes slashes too, and says s3: before the name of the event', () => {
  assert.deepEqual(parse(minio('x%2Fy.png')), [
    {
      kind: 'objects',
      format: 'minio',
      id: '17A6C2E4',
      objects: [{ bucket: 'pictures', key: 'x/y.png', kind: 'put', etag: 'e1', size: 1 }],
    },
  ]);
});

test('a key that is no encoding is a fault that names it', () => {
  for (const key of ['%E0%A4%A', '%', '%zz', '%ff', '%ED%A0%80']) {
    assert.throws(() => parse(aws(key)), { code: 'invalid', message: /^Records\[0\]\.s3\.object\.key "%/ });
  }
});

test('what a store says of itself and of the object comes through', () => {
  assert.deepEqual(parse(aws('a.png')), [
    {
      kind: 'objects',
      format: 's3',
      id: 'C3D13FE58DE4C810',
      objects: [{ bucket: 'pictures', key: 'a.png', kind: 'put', etag: '702e1b59b3ba3a5d8e6cf2f5b3a3d111', size: 150_000 }],
    },
  ]);
  assert.deepEqual(parse(ceph('a.png')), [
    {
      kind: 'objects',
      format: 'ceph',
      id: '1795628019.742260.bb3d4fb9dae8a5bca45c1e43ef0ef867',
      objects: [{ bucket: 'pictures', key: 'a.png', kind: 'put', etag: 'bb3d4fb9dae8a5bca45c1e43ef0ef867', size: 640 }],
    },
  ]);
});

test('every minor of version 2 is accepted, with whatever it adds, and no other major', () => {
  assert.equal(keyOf(parse(aws('a.png', { eventVersion: '2.9', novelty: { deep: [1] } }))), 'a.png');
  for (const eventVersion of ['3.0', '1.0', '20.1', '2', 2.1, '2.x']) {
    assert.throws(() => parse(aws('a.png', { eventVersion })), { code: 'invalid', message: /^Records\[0\]\.eventVersion / });
  }
});

test('a store that is not known is named', () => {
  assert.throws(() => parse(aws('a', { eventSource: 'aws:dynamodb' })), { message: /^Records\[0\]\.eventSource is none of/ });
});

test('a delete has neither size nor ETag', () => {
  for (const eventName of ['ObjectRemoved:Delete', 'ObjectRemoved:DeleteMarkerCreated', 'LifecycleExpiration:Delete']) {
    const s3 = { bucket: { name: 'pictures' }, object: { key: 'a.png', sequencer: '00' } };
    const [message] = parse(aws('a.png', { eventName, s3 }));
    assert.deepEqual(message?.kind === 'objects' && message.objects, [{ bucket: 'pictures', key: 'a.png', kind: 'delete' }]);
  }
});

test('every way of creating an object is a put, a restored archive included', () => {
  for (const eventName of ['Put', 'Post', 'Copy', 'CompleteMultipartUpload', 'Anything'].map((way) => `ObjectCreated:${way}`)) {
    assert.equal(keyOf(parse(aws('a', { eventName }))), 'a', eventName);
  }
  assert.equal(keyOf(parse(aws('a', { eventName: 'ObjectRestore:Completed' }))), 'a');
});

test('events that change no picture are acknowledged, and reads above all: Pixmill makes them itself', () => {
  for (const eventName of [
    's3:ObjectAccessed:Get',
    's3:ObjectAccessed:Head',
    'ObjectTagging:Put',
    'ObjectAcl:Put',
    'ObjectRestore:Post',
    'Replication:OperationMissedThreshold',
    'LifecycleTransition',
    'IntelligentTiering',
    's3:BucketCreated:*',
    'SomethingNew:Entirely',
  ]) {
    assert.deepEqual(
      parse(aws('a', { eventName, s3: undefined })),
      [{ kind: 'objects', format: 's3', id: 'C3D13FE58DE4C810', objects: [] }],
      eventName,
    );
  }
});

test('Ceph tells of a multipart upload when it begins: the object is to be looked at, whether it is there or not', () => {
  const begun = ceph('a.png').Records.map((record) => ({ ...record, eventName: 'ObjectCreated:Post' }));
  assert.equal(keyOf(parse({ Records: begun })), 'a.png');
});

test('a record by itself, as the data of an event of Knative’s source for Ceph', () => {
  assert.equal(keyOf(parse(ceph('a b.png').Records[0])), 'a b.png');
});

test('the test event of AWS creates nothing', () => {
  const event = {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: '2026-11-02T10:20:30.456Z',
    Bucket: 'pictures',
    RequestId: '5582815E1AEA5ADF',
    HostId: '8cLeGAmw098X5cv4',
  };
  assert.deepEqual(parse(event), [{ kind: 'test', format: 's3', id: '5582815E1AEA5ADF' }]);
});

test('a size or an ETag that is wrong loses no event', () => {
  const s3 = { bucket: { name: 'b' }, object: { key: 'k', size: -1, eTag: { no: 1 } } };
  const [message] = parse(aws('k', { s3 }));
  assert.deepEqual(message?.kind === 'objects' && message.objects, [{ bucket: 'b', key: 'k', kind: 'put' }]);
});

/** Any key that S3 allows. */
const anyKey = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
  .filter((key) => !key.includes('\0') && Buffer.byteLength(key) <= 1024 && key.isWellFormed());

/** As Go's url.QueryEscape: all but letters, digits and -_.~ */
function queryEscape(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

test('any key comes out of each store’s encoding as it went in', () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      assert.equal(keyOf(parse(aws(queryEscape(key).replaceAll('%2F', '/')))), key);
      assert.equal(keyOf(parse(minio(queryEscape(key)))), key);
      assert.equal(keyOf(parse(ceph(key))), key);
    }),
    { numRuns: 500 },
  );
});
