import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../message.ts';
import { parseMessages, parseTimer } from '../parse.ts';

const binary = (headers: Record<string, string>, body: unknown = ''): Message[] =>
  parseMessages({ headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
const structured = (event: unknown): Message[] => parseMessages({ headers: {}, body: JSON.stringify(event) });

const CE = {
  'ce-id': 'e-1',
  'ce-source': '/somewhere',
  'ce-specversion': '1.0',
  'ce-type': 'com.example.object.created',
  'ce-time': '2026-11-02T10:20:30Z',
};
const EVENT = { specversion: '1.0', id: 'e-1', source: '/somewhere', type: 'com.example.object.created' };

function objectOf([message]: Message[]) {
  return message?.kind === 'objects' ? message.objects[0] : undefined;
}

/** As IBM Cloud's documents and the code that reads them show it. */
const COS = {
  'ce-id': '9f3e',
  'ce-source': 'https://cloud.ibm.com/catalog/services/cloud-object-storage/pictures',
  'ce-specversion': '1.0',
  'ce-subject': 'in/a b.png',
  'ce-time': '2026-11-02T10:20:30Z',
  'ce-type': 'com.ibm.cloud.cos.document.write',
};
const cosBody = (operation: string) => ({
  bucket: 'pictures',
  endpoint: '',
  key: 'in/a b.png',
  operation,
  notification: {
    bucket_name: 'pictures',
    content_type: 'image/png',
    event_type: operation,
    format: '2.0',
    object_etag: '686897696a7c876b7e',
    object_length: '1960',
    object_name: 'in/a b.png',
    request_id: 'r-1',
    request_time: '2026-11-02T10:20:30.456Z',
  },
});

test('IBM COS: a write, by the event’s own id, which is the same on a replay', () => {
  assert.deepEqual(binary(COS, cosBody('Object:Write')), [
    {
      kind: 'objects',
      format: 'cos',
      id: '9f3e',
      objects: [{ bucket: 'pictures', key: 'in/a b.png', kind: 'put', etag: '686897696a7c876b7e', size: 1960 }],
    },
  ]);
});

test('IBM COS: a delete is a delete', () => {
  const headers = { ...COS, 'ce-type': 'com.ibm.cloud.cos.document.delete' };
  const expected = { bucket: 'pictures', key: 'in/a b.png', kind: 'delete' };
  assert.deepEqual(objectOf(binary(headers, cosBody('Object:Delete'))), expected);
  assert.deepEqual(objectOf(binary(headers)), expected, 'by the attributes alone');
});

test('IBM COS: the body alone is enough, and an operation that is not known is named', () => {
  assert.equal(objectOf(structured(cosBody('Object:Write')))?.size, 1960);
  assert.throws(() => structured(cosBody('Object:Rename')), { message: /^operation "Object:Rename" is neither/ });
});

test('an event without one of its attributes is refused by the name of that attribute, whatever its body says', () => {
  for (const name of ['id', 'source', 'type', 'specversion'] as const) {
    const { [`ce-${name}` as const]: _, ...headers } = { ...COS } as Record<string, string>;
    assert.throws(() => binary(headers, cosBody('Object:Write')), { code: 'invalid', message: `ce-${name} is missing` });
    const { [name]: __, ...event } = { ...EVENT, data: { bucket: 'b', key: 'k' } } as Record<string, unknown>;
    if (name !== 'specversion') assert.throws(() => structured(event), { code: 'invalid', message: `${name} is missing` });
  }
  assert.throws(() => binary({ ...CE, 'ce-source': '' }, { bucket: 'b', key: 'k' }), { message: 'ce-source is empty' });
  assert.throws(() => binary({ ...CE, 'ce-specversion': '0.3' }), { message: 'ce-specversion is not 1.0' });
  assert.throws(() => structured({ ...EVENT, specversion: '2.0', data: {} }), { message: 'specversion is not 1.0' });
});

test('an object is named by data, or by data and subject', () => {
  const expected = { bucket: 'pictures', key: 'a+b.png', kind: 'put' };
  for (const data of [
    { bucket: 'pictures', key: 'a+b.png' },
    { bucket: 'pictures', name: 'a+b.png' },
    { bucket: { name: 'pictures' }, key: 'a+b.png' },
  ]) {
    assert.deepEqual(objectOf(binary(CE, data)), expected);
    assert.deepEqual(objectOf(structured({ ...EVENT, data })), expected);
    assert.deepEqual(objectOf(structured({ ...EVENT, data: JSON.stringify(data) })), expected);
    const data_base64 = Buffer.from(JSON.stringify(data)).toString('base64');
    assert.deepEqual(objectOf(structured({ ...EVENT, data_base64 })), expected);
  }
  assert.deepEqual(objectOf(structured({ ...EVENT, subject: 'a+b.png', data: { bucket: 'pictures' } })), expected);
  assert.deepEqual(objectOf(binary({ ...CE, 'ce-subject': 'a%2Bb.png' }, { bucket: 'pictures' })), expected);
});

test('values of headers are percent-encoded, and one that is not is named', () => {
  const subject = (value: string) => objectOf(binary({ ...CE, 'ce-subject': value }, { bucket: 'b' }))?.key;
  assert.equal(subject('Euro%20%E2%82%AC%20%F0%9F%98%80'), 'Euro € 😀');
  assert.equal(subject('a%2520b'), 'a%20b');
  assert.equal(subject(Buffer.from('ä', 'utf8').toString('latin1')), 'ä', 'UTF-8 as it is');
  assert.throws(() => subject('100%'), { code: 'invalid', message: /^ce-subject "100%" is not percent-encoded/ });
});

test('any key comes out of a header as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }), (key) => {
      fc.pre(!key.includes('\0') && key.isWellFormed());
      assert.equal(objectOf(binary({ ...CE, 'ce-subject': encodeURIComponent(key) }, { bucket: 'b' }))?.key, key);
    }),
  );
});

test('a type that speaks of deleting is a delete', () => {
  for (const type of ['com.example.object.deleted', 'com.example.Object.Delete', 'object.removed']) {
    assert.equal(objectOf(binary({ ...CE, 'ce-type': type }, { bucket: 'b', key: 'k' }))?.kind, 'delete', type);
  }
  for (const type of ['com.example.object.created', 'com.deletedpictures.put']) {
    assert.equal(objectOf(binary({ ...CE, 'ce-type': type }, { bucket: 'b', key: 'k' }))?.kind, 'put', type);
  }
});

test('a batch gives its events one by one, and an empty one gives none', () => {
  const event = (id: string) => ({ ...EVENT, id, data: { bucket: 'b', key: `k-${id}` } });
  const messages = structured([event('1'), event('2')]);
  assert.deepEqual(
    messages.map((message) => [message.id, objectOf([message])?.key]),
    [
      ['1', 'k-1'],
      ['2', 'k-2'],
    ],
  );
  assert.deepEqual(structured([]), []);
  assert.throws(() => structured([event('1'), { ...event('2'), source: undefined }]), { message: '[1]: source is missing' });
});

test('what a store says otherwise may be the data of an event', () => {
  const record = {
    eventVersion: '2.2',
    eventSource: 'ceph:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: 'b' }, object: { key: 'a+b' } },
    eventId: 'c-1',
  };
  // With cloudevents=true Ceph adds headers, and its body stays as it is.
  const [message] = binary({ ...CE, 'ce-type': 'com.amazonaws.ObjectCreated:Put', 'ce-subject': 'a+b' }, { Records: [record] });
  assert.deepEqual(message, { kind: 'objects', format: 'ceph', id: 'c-1', objects: [{ bucket: 'b', key: 'a+b', kind: 'put' }] });
  // Knative's source for Ceph makes the record the data.
  assert.equal(
    objectOf(binary({ ...CE, 'ce-type': 'com.amazonaws.s3:ObjectCreated:Put', 'ce-subject': 'a+b' }, record))?.key,
    'a+b',
  );
  assert.equal(objectOf(structured({ ...EVENT, data: record }))?.key, 'a+b');
});

test('Eventarc’s events of Cloud Storage', () => {
  const headers = { ...CE, 'ce-type': 'google.cloud.storage.object.v1.finalized', 'ce-subject': 'objects/a/b.png' };
  const data = { bucket: 'pictures', name: 'a/b.png', etag: 'CNHZkbuF/ugCEAE=', size: '352', kind: 'storage#object' };
  assert.deepEqual(binary(headers, data), [
    {
      kind: 'objects',
      format: 'cloud-storage',
      id: 'e-1',
      objects: [{ bucket: 'pictures', key: 'a/b.png', kind: 'put', size: 352 }],
    },
  ]);
  const gone = { ...headers, 'ce-type': 'google.cloud.storage.object.v1.deleted' };
  assert.deepEqual(objectOf(binary(gone, data)), { bucket: 'pictures', key: 'a/b.png', kind: 'delete' });
});

test('an event that names no object is refused', () => {
  assert.throws(() => binary(CE), { code: 'invalid', message: 'data is missing: it names the object' });
  assert.throws(() => binary(CE, { hello: 'world' }), {
    code: 'invalid',
    message: 'data: the message is of no format that is understood',
  });
  assert.throws(() => binary(CE, 'hello'), { code: 'invalid', message: 'data: the message is not JSON' });
});

const PING = { ...CE, 'ce-type': 'dev.knative.sources.ping', 'ce-source': '/apis/v1/namespaces/p/pingsources/nightly' };

test('a ping means every pipeline, or those that it names', () => {
  const pipelines = (messages: Message[]) => messages.map((message) => message.kind === 'cron' && message.pipelines);
  for (const body of ['', '{}', '{"message":"hello"}', 'hello', '[1]', '7']) {
    assert.deepEqual(binary(PING, body), [{ kind: 'cron', format: 'cron', id: 'e-1', pipelines: 'all' }], body);
  }
  assert.deepEqual(pipelines(binary(PING, { pipeline: 'a' })), [['a']]);
  assert.deepEqual(pipelines(binary(PING, { pipelines: ['a', 'b', 'a'] })), [['a', 'b']]);
  assert.deepEqual(pipelines(structured({ ...EVENT, type: 'dev.knative.sources.ping', data: { pipeline: 'a' } })), [['a']]);
  assert.throws(() => binary(PING, { pipelines: 'a' }), { code: 'invalid', message: 'pipelines must be of type array' });
  assert.throws(() => binary(PING, { pipelines: [] }), { code: 'invalid', message: 'pipelines names no pipeline' });
});

test('at the address for timers anything is a timer', () => {
  const timer = (body: string, headers = {}) => parseTimer({ headers, body });
  for (const body of ['', '{}', 'tick', '[]', '{"bucket":"b","key":"k"}']) {
    assert.deepEqual(timer(body), [{ kind: 'cron', format: 'cron', pipelines: 'all' }], body);
  }
  assert.deepEqual(timer('{"pipeline":"a"}'), [{ kind: 'cron', format: 'cron', pipelines: ['a'] }]);
  const other = { ...CE, 'ce-type': 'com.example.tick' };
  assert.deepEqual(timer('{"pipeline":"a"}', other), [{ kind: 'cron', format: 'cron', id: 'e-1', pipelines: ['a'] }]);
  assert.deepEqual(timer(JSON.stringify({ ...EVENT, data: { pipeline: 'a' } })), timer('{"pipeline":"a"}', other));
  assert.throws(() => timer('', { ...PING, 'ce-source': '' }), { code: 'invalid', message: 'ce-source is empty' });
  const sns = { Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:1:t', MessageId: 'm', Message: '{"pipeline":"a"}' };
  assert.deepEqual(timer(JSON.stringify(sns)), [{ kind: 'cron', format: 'cron', id: 'm', pipelines: ['a'] }]);
});
