// What holds whatever the format: recognising, wrapping, limits. The formats have their own tests beside them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../domain/fault.ts';
import type { Message, ObjectNotice } from './message.ts';
import { MAX_MESSAGE_BYTES, parseMessages, parseTimer } from './parse.ts';

const parse = (body: unknown, headers: Record<string, string> = {}): Message[] =>
  parseMessages({ headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

const objects = (messages: Message[]): ObjectNotice[] =>
  messages.flatMap((message) => (message.kind === 'objects' ? message.objects : []));

const record = (key: string, source = 'aws:s3') => ({
  eventVersion: '2.1',
  eventSource: source,
  eventName: 'ObjectCreated:Put',
  s3: { bucket: { name: 'pictures' }, object: { key, size: 3, eTag: 'abc' } },
});
const s3 = (...keys: string[]) => ({ Records: keys.map((key) => record(key)) });
const inSns = (inner: unknown) => ({
  Type: 'Notification',
  MessageId: 'm-1',
  TopicArn: 'arn:aws:sns:us-east-1:123456789012:pictures',
  Message: JSON.stringify(inner),
});
const inSqs = (...inner: unknown[]) => ({
  Records: inner.map((body, index) => ({ messageId: `q-${index}`, eventSource: 'aws:sqs', body: JSON.stringify(body) })),
});

test('a notification in SNS in SQS says the same as by itself', () => {
  const direct = objects(parse(s3('a+b.png')));
  assert.deepEqual(direct, [{ bucket: 'pictures', key: 'a b.png', kind: 'put', etag: 'abc', size: 3 }]);
  assert.deepEqual(objects(parse(inSns(s3('a+b.png')))), direct);
  assert.deepEqual(objects(parse(inSqs(inSns(s3('a+b.png'))))), direct);
  const received = { MessageId: 'q', ReceiptHandle: 'r', Body: JSON.stringify(inSns(s3('a+b.png'))) };
  assert.deepEqual(objects(parse(received)), direct);
  const lambda = { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', Sns: inSns(s3('a+b.png')) }] };
  assert.deepEqual(objects(parse(lambda)), direct);
});

test('what is wrapped goes by its own name, else by that of its envelope', () => {
  assert.deepEqual(
    parse(inSqs(inSns(s3('a')), { bucket: 'b', key: 'k' })).map(({ id }) => id),
    ['m-1', 'q-1'],
  );
});

test('what is wrapped deeper than that is refused', () => {
  assert.throws(() => parse(inSqs(inSns(inSns(s3('a'))))), {
    code: 'invalid',
    message: 'Records[0].body: Message: Message: the message is wrapped more than 3 deep',
  });
  assert.throws(() => parse(inSns(inSns(inSns(inSns(inSns(s3('a'))))))), { code: 'invalid' });
});

test('a message of more bytes than the limit is too large, and one of just as many is read', () => {
  const filled = (bytes: number) => {
    const body = JSON.stringify({ bucket: 'b', key: 'k', filling: '' });
    return body.replace('""', `"${'x'.repeat(bytes - body.length)}"`);
  };
  assert.equal(parse(filled(MAX_MESSAGE_BYTES)).length, 1);
  assert.throws(() => parse(filled(MAX_MESSAGE_BYTES + 1)), { code: 'too_large' });
});

test('no message at all is told from one that is not understood', () => {
  for (const body of ['', 'null', '{}']) assert.throws(() => parse(body), { code: 'unsupported' }, body);
  for (const body of ['x', '1', '"x"', '{"a":1}', '[1]', '[[]]', '{"Records":{}}', '<xml/>', '{"bucket":"b"}', '\0']) {
    assert.throws(() => parse(body), { code: 'invalid' }, body);
  }
});

test('a fault names the field, and says what is wrong with it', () => {
  const cases: [unknown, string][] = [
    [{ Records: [record('a'), { ...record('b'), s3: {} }] }, 'Records[1].s3.bucket is missing'],
    [{ Records: [{ ...record('a'), eventName: 7 }] }, 'Records[0].eventName must be of type string'],
    [{ bucket: 'b', key: '' }, 'key is empty'],
    [{ bucket: 'b', key: 'x'.repeat(1025) }, 'key is longer than 1024 bytes'],
    [{ bucket: 'b', key: 'ä'.repeat(513) }, 'key is longer than 1024 bytes'],
    [{ bucket: 'b', key: 'a\0b' }, 'key holds a NUL character'],
    [{ bucket: 'b', key: '\ud800' }, 'key holds half a character'],
    [{ bucket: 'b/c', key: 'k' }, 'bucket holds a slash, as no bucket does'],
    [inSns(s3('%')), 'Message: Records[0].s3.object.key "%" is not encoded as a form encodes it'],
    [{ ...inSns({}), Message: 'hello' }, 'Message: the message is not JSON'],
    [{ Records: [] }, 'Records is empty'],
  ];
  for (const [body, message] of cases) assert.throws(() => parse(body), { code: 'invalid', message });
});

test('keys that would be dangerous as paths are nothing but keys', () => {
  for (const key of ['../../t2/x', '/etc/passwd', 'a\\b', '<img onerror=…>', 'a\r\nb', '%2e%2e', 'x'.repeat(1024)]) {
    assert.equal(objects(parse({ bucket: 'b', key }))[0]?.key, key);
  }
});

test('the objects of a batch come in its order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 5 }), { minLength: 1 }),
      (batches) => {
        const keys = objects(parse(inSqs(...batches.map((batch) => s3(...batch))))).map(({ key }) => key);
        assert.deepEqual(keys, batches.flat());
      },
    ),
  );
});

/** Anything at all, with words in it that the formats know. */
const WORDS = [
  'Records',
  's3',
  'bucket',
  'name',
  'object',
  'key',
  'eventName',
  'eventSource',
  'aws:s3',
  'aws:sqs',
  'aws:sns',
  'ObjectCreated:Put',
  'Type',
  'Notification',
  'TopicArn',
  'Message',
  'MessageId',
  'Body',
  'body',
  'Sns',
  'specversion',
  '1.0',
  'id',
  'source',
  'type',
  'data',
  'data_base64',
  'subject',
  'detail-type',
  'Object Created',
  'detail',
  'message',
  'attributes',
  'eventType',
  'OBJECT_FINALIZE',
  'Microsoft.Storage.BlobCreated',
  'dev.knative.sources.ping',
  'pipelines',
  'operation',
  'com.ibm.cloud.cos.document.write',
  '__proto__',
];
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary' }));
const anything = fc.anything({ key: word, values: [word, fc.integer(), fc.constant(null), fc.boolean()], maxDepth: 5 });

function refusedByName(read: () => Message[]): void {
  try {
    for (const message of read()) assert.ok(['objects', 'cron', 'test'].includes(message.kind));
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    assert.ok(['invalid', 'unsupported'].includes(error.code), error.code);
    assert.ok(error.message.length < 3000);
  }
}

test('no JSON and no text does anything but be understood, or refused by a fault', () => {
  const headers = fc.dictionary(fc.constantFrom('ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-subject'), word);
  fc.assert(
    fc.property(anything, headers, (value, ce) => {
      const body = JSON.stringify(value) ?? '';
      refusedByName(() => parse(body));
      refusedByName(() => parse(body, ce));
      refusedByName(() => parseTimer({ headers: ce, body }));
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => refusedByName(() => parse(text))));
});

test('JSON of a hundred thousand levels is refused like any other', () => {
  refusedByName(() => parse('['.repeat(100_000) + ']'.repeat(100_000)));
  refusedByName(() => parse(`${'{"data":'.repeat(50_000)}1${'}'.repeat(50_000)}`));
});
