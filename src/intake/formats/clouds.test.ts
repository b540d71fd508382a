// Formats of single vendors: EventBridge, Cloud Storage, Event Grid; and the plainest of all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../message.ts';
import { parseMessages } from '../parse.ts';
import { validationAnswer } from './event-grid.ts';

const parse = (body: unknown): Message[] => parseMessages({ headers: {}, body: JSON.stringify(body) });

const eventBridge = (
  type: string,
  object: object = { key: 'a+b%20c.png', size: 5, etag: 'e', 'version-id': 'v', sequencer: '00' },
) => ({
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': type,
  source: 'aws.s3',
  account: '111122223333',
  time: '2026-11-02T00:00:00Z',
  region: 'ca-central-1',
  resources: ['arn:aws:s3:::pictures'],
  detail: { version: '0', bucket: { name: 'pictures' }, object, 'request-id': 'r', requester: '1', reason: 'PutObject' },
});

test('EventBridge: keys are as they are', () => {
  assert.deepEqual(parse(eventBridge('Object Created')), [
    {
      kind: 'objects',
      format: 'event-bridge',
      id: '17793124-05d4-b198-2fde-7ededc63b103',
      objects: [{ bucket: 'pictures', key: 'a+b%20c.png', kind: 'put', etag: 'e', size: 5 }],
    },
  ]);
});

test('EventBridge: what is deleted is told from tags that are', () => {
  const [deleted] = parse(eventBridge('Object Deleted', { key: 'k', sequencer: '00' }));
  assert.deepEqual(deleted?.kind === 'objects' && deleted.objects, [{ bucket: 'pictures', key: 'k', kind: 'delete' }]);
  for (const type of [
    'Object Tags Deleted',
    'Object Tags Added',
    'Object ACL Updated',
    'Object Storage Class Changed',
    'Object New',
  ]) {
    const [message] = parse(eventBridge(type));
    assert.deepEqual(message?.kind === 'objects' && message.objects, [], type);
  }
});

test('EventBridge: a schedule is a timer, and events of other services are refused by name', () => {
  const schedule = { ...eventBridge('Scheduled Event'), source: 'aws.events', detail: {} };
  assert.deepEqual(parse(schedule), [{ kind: 'cron', format: 'cron', id: schedule.id, pipelines: 'all' }]);
  assert.throws(() => parse({ ...eventBridge('Object Created'), source: 'aws.ec2' }), {
    message: 'source "aws.ec2" is not aws.s3',
  });
  assert.throws(() => parse(eventBridge('Object Created', {})), { message: 'detail.object.key is missing' });
});

const cloudStorage = (attributes: object, data?: object) => ({
  message: {
    attributes: {
      bucketId: 'pictures',
      eventTime: '2026-11-02T10:20:30.456Z',
      notificationConfig: 'projects/_/buckets/pictures/notificationConfigs/1',
      objectGeneration: '1587627537231057',
      objectId: 'a+b%20c.png',
      payloadFormat: data ? 'JSON_API_V1' : 'NONE',
      ...attributes,
    },
    ...(data && { data: Buffer.from(JSON.stringify(data)).toString('base64') }),
    messageId: '136969346945',
    message_id: '136969346945',
    publishTime: '2026-11-02T10:20:30.5Z',
  },
  subscription: 'projects/p/subscriptions/pictures',
});

test('Cloud Storage: keys are as they are, and the size comes from the payload', () => {
  assert.deepEqual(parse(cloudStorage({ eventType: 'OBJECT_FINALIZE' }, { size: '352', name: 'a+b%20c.png' })), [
    {
      kind: 'objects',
      format: 'cloud-storage',
      id: '136969346945',
      objects: [{ bucket: 'pictures', key: 'a+b%20c.png', kind: 'put', size: 352 }],
    },
  ]);
  const [bare] = parse(cloudStorage({ eventType: 'OBJECT_FINALIZE' }));
  assert.deepEqual(bare?.kind === 'objects' && bare.objects, [{ bucket: 'pictures', key: 'a+b%20c.png', kind: 'put' }]);
});

test('Cloud Storage: a version that was overwritten is no delete', () => {
  const kind = (attributes: object) => {
    const [message] = parse(cloudStorage(attributes));
    return message?.kind === 'objects' ? message.objects.map((object) => object.kind) : undefined;
  };
  for (const eventType of ['OBJECT_DELETE', 'OBJECT_ARCHIVE']) {
    assert.deepEqual(kind({ eventType }), ['delete']);
    assert.deepEqual(kind({ eventType, overwrittenByGeneration: '1587627537231058' }), ['put']);
  }
  assert.deepEqual(kind({ eventType: 'OBJECT_METADATA_UPDATE' }), []);
});

test('Cloud Storage: a message without its object is refused by the name of what is missing', () => {
  const body = cloudStorage({ eventType: 'OBJECT_FINALIZE', objectId: undefined });
  assert.throws(() => parse(body), { code: 'invalid', message: 'message.attributes.objectId is missing' });
});

const PREFIX = '/blobServices/default/containers/pictures/blobs/';
const eventGrid = (eventType: string, subject = `${PREFIX}a/b+c d%20.png`) => ({
  topic: '/subscriptions/s/resourceGroups/Storage/providers/Microsoft.Storage/storageAccounts/my',
  subject,
  eventType,
  eventTime: '2026-11-02T10:20:30.456Z',
  id: '831e1650-001e-001b-66ab-eeb76e069631',
  data: {
    api: 'PutBlockList',
    contentType: 'image/png',
    contentLength: 524_288,
    eTag: '"0x8D4BCC2E4835CD0"',
    url: 'https://my.blob.core.windows.net/pictures/a/b+c%20d%2520.png',
  },
  dataVersion: '',
  metadataVersion: '1',
});

test('Event Grid: the subject names container and blob as they are', () => {
  assert.deepEqual(parse([eventGrid('Microsoft.Storage.BlobCreated')]), [
    {
      kind: 'objects',
      format: 'event-grid',
      id: '831e1650-001e-001b-66ab-eeb76e069631',
      objects: [{ bucket: 'pictures', key: 'a/b+c d%20.png', kind: 'put', etag: '0x8D4BCC2E4835CD0', size: 524_288 }],
    },
  ]);
});

test('Event Grid: deletes, events that change no picture, and subjects that are none', () => {
  const [deleted, tier] = parse([eventGrid('Microsoft.Storage.BlobDeleted'), eventGrid('Microsoft.Storage.BlobTierChanged')]);
  assert.deepEqual(deleted?.kind === 'objects' && deleted.objects, [
    { bucket: 'pictures', key: 'a/b+c d%20.png', kind: 'delete' },
  ]);
  assert.deepEqual(tier?.kind === 'objects' && tier.objects, []);
  for (const subject of ['', '/blobServices/default/containers/pictures', PREFIX, 'pictures/a.png']) {
    assert.throws(() => parse([eventGrid('Microsoft.Storage.BlobCreated', subject)]), { code: 'invalid', message: /subject/ });
  }
});

test('Event Grid: the same as a CloudEvent', () => {
  const { eventType: type, id, subject, data } = eventGrid('Microsoft.Storage.BlobCreated');
  const [message] = parse([{ specversion: '1.0', id, type, source: '/subscriptions/s', subject, data }]);
  assert.deepEqual(message, parse([eventGrid(type)])[0]);
});

test('Event Grid: a subscription that asks is given its code back, and is otherwise nothing but a test', () => {
  const question = {
    ...eventGrid('Microsoft.EventGrid.SubscriptionValidationEvent', ''),
    data: { validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6', validationUrl: 'http://169.254.169.254/latest/meta-data' },
  };
  assert.deepEqual(validationAnswer([question]), { validationResponse: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6' });
  assert.deepEqual(parse([question]), [{ kind: 'test', format: 'event-grid', id: question.id }]);
  assert.equal(validationAnswer([eventGrid('Microsoft.Storage.BlobCreated')]), undefined);
  for (const other of [undefined, null, 'x', [], {}, [[question]]]) assert.equal(validationAnswer(other), undefined);
  assert.throws(() => validationAnswer([{ ...question, data: {} }]), {
    code: 'invalid',
    message: 'data.validationCode is missing',
  });
});

test('plain: bucket and key are enough', () => {
  assert.deepEqual(parse({ bucket: 'b', key: 'a+b%20.png', anything: 1 }), [
    { kind: 'objects', format: 'plain', objects: [{ bucket: 'b', key: 'a+b%20.png', kind: 'put' }] },
  ]);
  const [message] = parse({ bucket: 'b', key: 'k', kind: 'delete', id: 'x', etag: '"e"', size: 3 });
  assert.deepEqual(message, {
    kind: 'objects',
    format: 'plain',
    id: 'x',
    objects: [{ bucket: 'b', key: 'k', kind: 'delete', etag: 'e', size: 3 }],
  });
  assert.throws(() => parse({ bucket: 'b', key: 'k', kind: 'rename' }), { message: 'kind is neither put nor delete' });
});
