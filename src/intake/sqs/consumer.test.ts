// The consumer on the real database and queue, against an emulator of SQS and SNS that it reaches through the AWS SDK.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startDatabaseProxy } from '../../../test/database-proxy.ts';
import { type Gate, startGate } from '../../../test/gate.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres.ts';
import { until } from '../../../test/program.ts';
import { ANY_CREDENTIALS, startTestSqs, type TestSqs } from '../../../test/sqs.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { Recipe } from '../../domain/recipe.ts';
import { type Database, openDatabase } from '../../ledger/database.ts';
import { migrateUp } from '../../ledger/migrate.ts';
import type { Ledger } from '../../ledger/schema.ts';
import { openQueue, type Queue } from '../../queue/queue.ts';
import type { MessageServices } from '../receive-messages.ts';
import { type RunningConsumer, startConsumer } from './consumer.ts';
import type { SqsQueue } from './queue.ts';

Object.assign(process.env, ANY_CREDENTIALS);

/** Seconds after which messages come back in these tests: the fewest that the configuration allows. */
const BACK = 3;

const pipeline: Pipeline = {
  name: 'p',
  source: { bucket: 'src', prefix: '', match: undefined, exclude: undefined },
  renditions: [{ name: 'r', recipe: {} as Recipe, fingerprint: 'f1', to: { bucket: 'out', key: '{key}' } }],
  original: 'keep',
  onSourceDelete: 'delete',
  sweep: undefined,
};

let testDatabase: TestDatabase;
let database: Database<Ledger>;
let queue: Queue;
let services: MessageServices;
let sqs: TestSqs;
let gate: Gate;
let warnings: { data: Record<string, unknown>; message: string }[] = [];

before(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.address, 8);
  await migrateUp(database.db);
  const warn = (data: object, message: string) => void warnings.push({ data: data as Record<string, unknown>, message });
  const log = { debug() {}, info() {}, warn, error: console.error };
  queue = await openQueue(database.pool, false, log);
  const { enqueue, enqueueRun } = queue;
  services = { db: database.db, pipelines: [pipeline], enqueue, enqueueRun, wake() {}, log };
  sqs = await startTestSqs();
  gate = await startGate(sqs.url);
});
after(async () => {
  await gate.stop();
  await sqs.stop();
  await queue.stop();
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  warnings = [];
  gate.rule();
  gate.seen.length = 0;
  sqs.server.purgeAll();
  await database.pool.query('TRUNCATE original, rendition, failure, event, action, run; DELETE FROM pgboss.job');
});

/** Reads the queue `pictures` while the test runs. */
async function reading(
  run: (queueUrl: string, consumer: RunningConsumer) => Promise<void>,
  changes: Partial<SqsQueue> = {},
  attributes: Record<string, string> = {},
  given: MessageServices = services,
): Promise<void> {
  const url = sqs.createQueue('pictures', attributes);
  const settings = { name: 'uploads', url, endpoint: gate.url, waitSeconds: 20, visibilitySeconds: BACK, ...changes };
  const consumer = startConsumer(given, settings, 'us-east-1');
  try {
    await run(url, consumer);
  } finally {
    await consumer.stop();
  }
}

/** As S3 sends it; the key as it is encoded there. */
function notification(key: string, changes: object = {}): string {
  const s3 = { bucket: { name: 'src' }, object: { key, size: 7, eTag: 'e1' } };
  const id = { 'x-amz-request-id': `request-${key}` };
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    responseElements: id,
    s3,
    ...changes,
  };
  return JSON.stringify({ Records: [record] });
}

async function events(): Promise<Record<string, unknown>[]> {
  const columns = 'door, sender, format, sent_id, kind, bucket, key, etag, size, result, detail, payload';
  return (await database.pool.query(`SELECT ${columns} FROM event ORDER BY id`)).rows;
}

async function waiting(): Promise<string[]> {
  const { rows } = await database.pool.query("SELECT data->>'key' AS key FROM pgboss.job WHERE name = 'reconcile' ORDER BY 1");
  return rows.map(({ key }) => key);
}

/** So many jobs wait. */
async function queued(count: number): Promise<void> {
  await until(`${count} jobs`, async () => ((await waiting()).length === count ? true : undefined));
}

/** Nobody can record an event meanwhile. */
async function whileLocked(run: () => Promise<void>): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE');
    await run();
  } finally {
    await client.query('COMMIT');
    client.release();
  }
}

/** How many transactions wait for the table of events. */
async function held(): Promise<number> {
  const { rows } = await database.pool.query(`SELECT FROM pg_locks WHERE NOT granted AND relation = 'event'::regclass`);
  return rows.length;
}

const requestsOf = (action: string) => gate.seen.filter(({ headers }) => headers['x-amz-target'] === `AmazonSQS.${action}`);

test('what a store sends into the queue is recorded and queued, and only then deleted', async () => {
  await reading(async (url) => {
    const body = notification('a+b%2Bc.png');
    await sqs.send(url, [body]);
    await sqs.emptied('pictures');
    assert.deepEqual(await waiting(), ['a b+c.png']);
    const [event, ...others] = await events();
    assert.deepEqual(others, []);
    assert.deepEqual(event, {
      door: 'queue',
      sender: 'uploads',
      format: 's3',
      sent_id: 'request-a+b%2Bc.png',
      kind: 'put',
      bucket: 'src',
      key: 'a b+c.png',
      etag: 'e1',
      size: 7,
      result: null,
      detail: null,
      payload: body,
    });
  });
});

test('by way of a topic a notification means the same, in its envelope or delivered raw', async () => {
  await reading(async () => {
    sqs.server.createTopic('enveloped');
    sqs.server.createTopic('raw');
    sqs.server.subscribe({ topic: 'enveloped', queue: 'pictures' });
    sqs.server.subscribe({ topic: 'raw', queue: 'pictures', attributes: { RawMessageDelivery: 'true' } });
    sqs.server.publish('enveloped', notification('one.png'));
    sqs.server.publish('raw', notification('two.png'));
    await queued(2);
    await sqs.emptied('pictures');
    assert.deepEqual(await waiting(), ['one.png', 'two.png']);
    assert.deepEqual((await events()).map(({ format, sent_id }) => [format, sent_id]).sort(), [
      ['s3', 'request-one.png'],
      ['s3', 'request-two.png'],
    ]);
  });
});

test('an event of EventBridge has its key as it is, and goes by the name of its envelope', async () => {
  await reading(async (url) => {
    const detail = { bucket: { name: 'src' }, object: { key: 'a+b.png', size: 7, etag: 'e1' } };
    await sqs.send(url, [JSON.stringify({ id: 'bridge-1', 'detail-type': 'Object Created', source: 'aws.s3', detail })]);
    await sqs.emptied('pictures');
    assert.deepEqual(await waiting(), ['a+b.png']);
    assert.equal((await events())[0]?.sent_id, 'bridge-1');
  });
});

test('the test event of S3 is acknowledged and creates nothing', async () => {
  await reading(async (url) => {
    await sqs.send(url, [JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'src', RequestId: 'r1' })]);
    await sqs.emptied('pictures');
    assert.deepEqual(await waiting(), []);
    assert.deepEqual(
      (await events()).map(({ kind, result }) => [kind, result]),
      [['test', 'unchanged']],
    );
  });
});

test('one hundred duplicates are one job', async () => {
  await reading(async (url) => {
    const body = notification('same.png');
    await sqs.send(url, Array(100).fill(body));
    await sqs.emptied('pictures');
    assert.deepEqual(
      (await events()).map(({ payload }) => payload),
      Array(100).fill(body),
    );
    assert.deepEqual(await waiting(), ['same.png']);
  });
});

test('what cannot be understood goes to the dead-letter queue with the reason, and keeps nobody back', async () => {
  const deadLetter = sqs.createQueue('dead');
  const nested = (depth: number, inner: string): string =>
    depth === 0
      ? inner
      : nested(depth - 1, JSON.stringify({ Type: 'Notification', TopicArn: 'arn', MessageId: 'm', Message: inner }));
  const bad: [string, RegExp][] = [
    ['no JSON', /^the message is not JSON/],
    [notification('%E0%A4%A'), /^Records\[0\]\.s3\.object\.key "%E0%A4%A" is not encoded/],
    [notification('x.png', { eventVersion: '3.0' }), /^Records\[0\]\.eventVersion /],
    [nested(5, notification('deep.png')), /wrapped more than 3 deep/],
    [
      JSON.stringify({ type: 'dev.knative.sources.ping', specversion: '1.0', id: 'i', source: '/s', data: { pipeline: 'none' } }),
      /no pipeline "none"/,
    ],
  ];
  await reading(
    async (url) => {
      await sqs.send(url, [notification('first.png'), ...bad.map(([body]) => body), notification('last.png')]);
      await sqs.emptied('pictures');
      assert.deepEqual(await waiting(), ['first.png', 'last.png']);
      const dead = new Map((await sqs.receive(deadLetter, 1)).map((message) => [message.Body, message.MessageAttributes]));
      assert.equal(dead.size, bad.length);
      for (const [body, reason] of bad) {
        const said = dead.get(body);
        assert.match(said?.['pixmill-reason']?.StringValue ?? '', reason);
        assert.equal(said?.['pixmill-code']?.StringValue, 'invalid');
        assert.equal(said?.['pixmill-queue']?.StringValue, 'uploads');
      }
      const rejected = (await events()).filter(({ kind }) => kind === 'rejected');
      assert.deepEqual(new Set(rejected.map(({ payload }) => payload)), new Set(bad.map(([body]) => body)));
      assert.deepEqual(
        rejected.map(({ result }) => result),
        Array(bad.length).fill('rejected'),
      );
    },
    { deadLetter },
  );
});

test('a message of a megabyte is too large, and one that fills its queue goes on without the reason', async () => {
  const body = 'x'.repeat(1_000_000);
  const deadLetter = sqs.createQueue('dead', { MaximumMessageSize: '1000000' });
  await reading(
    async (url) => {
      await sqs.send(url, [body]);
      await sqs.emptied('pictures');
      const [dead] = await sqs.receive(deadLetter, 1);
      assert.equal(dead?.Body, body);
      assert.equal(dead?.MessageAttributes, undefined);
      const [rejected] = await events();
      assert.match(String(rejected?.detail), /^the message has more than 524288 bytes$/);
      assert.equal(String(rejected?.payload).length, 65_536, 'history keeps the beginning');
    },
    { deadLetter },
  );
});

test('a dead letter keeps the attributes that it came with, as many as there is room for', async () => {
  const deadLetter = sqs.createQueue('dead.fifo', { FifoQueue: 'true' });
  await reading(
    async () => {
      const names = Array.from({ length: 10 }, (_, index) => `own-${index}`);
      const messageAttributes = Object.fromEntries(names.map((name) => [name, { DataType: 'String', StringValue: name }]));
      sqs.server.sendMessage('pictures', 'no JSON', { messageAttributes });
      await sqs.emptied('pictures');
      const [dead] = await sqs.receive(deadLetter, 1);
      assert.equal(Object.keys(dead?.MessageAttributes ?? {}).filter((name) => name.startsWith('own-')).length, 7);
      assert.match(dead?.MessageAttributes?.['pixmill-reason']?.StringValue ?? '', /is not JSON/);
    },
    { deadLetter },
  );
});

test('without a dead-letter queue of ours, the redrive policy of the queue has its way', async () => {
  sqs.createQueue('theirs');
  const target = { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:theirs', maxReceiveCount: 1 };
  await reading(
    async (url) => {
      await sqs.send(url, ['no JSON', notification('good.png')]);
      await until('the policy has it', async () => (sqs.look('theirs').ready.length === 1 ? true : undefined));
      await sqs.emptied('pictures');
      assert.deepEqual(await waiting(), ['good.png']);
      assert.deepEqual((await events()).map(({ kind }) => kind).sort(), ['put', 'rejected']);
      assert.deepEqual(
        warnings.map(({ message }) => message),
        ['message refused'],
      );
    },
    {},
    { RedrivePolicy: JSON.stringify(target) },
  );
});

test('a queue whose bad messages have nowhere to go is warned of', async () => {
  await reading(async () => {
    const warning = await until('a warning', async () => warnings[0]);
    assert.match(warning.message, /nowhere to go/);
    assert.equal(warning.data.queue, 'uploads');
  });
});

test('a message whose transaction failed comes back, and is recorded once', async () => {
  let tries = 0;
  const enqueue: MessageServices['enqueue'] = async (tx, jobs, options) => {
    const count = await queue.enqueue(tx, jobs, options);
    if (++tries === 1) throw new Error('the connection broke');
    return count;
  };
  await reading(
    async (url) => {
      await sqs.send(url, [notification('a.png')]);
      await until('the first try', async () => warnings.find(({ message }) => /^1 of 1 messages/.test(message)));
      assert.deepEqual([(await events()).length, await waiting(), sqs.look('pictures').held], [0, [], 1]);
      await queued(1);
      await sqs.emptied('pictures');
      assert.deepEqual([(await events()).length, tries], [1, 2]);
    },
    {},
    {},
    { ...services, enqueue },
  );
});

test('a message that spoils the transaction of its batch keeps nobody else back', async () => {
  const enqueue: MessageServices['enqueue'] = async (tx, jobs, options) => {
    if (jobs.some(({ key }) => key === 'poison.png')) throw new Error('it does not fit');
    return queue.enqueue(tx, jobs, options);
  };
  await reading(
    async (url) => {
      await sqs.send(
        url,
        ['a.png', 'poison.png', 'b.png'].map((key) => notification(key)),
      );
      const trouble = await until('it is told of', async () => warnings.find(({ data }) => data.pauseMs));
      assert.match(trouble.message, /^1 of 3 messages are not done with and come back$/);
      assert.deepEqual(await waiting(), ['a.png', 'b.png']);
      assert.deepEqual(
        (await events()).map(({ key }) => key),
        ['a.png', 'b.png'],
      );
      await until('only that one is left', async () => (sqs.look('pictures').held === 1 ? true : undefined));
    },
    {},
    {},
    { ...services, enqueue },
  );
});

test('with the database away nothing is deleted, little is taken out, and all is done afterwards', async () => {
  const proxy = await startDatabaseProxy(testDatabase.address);
  const away = openDatabase<Ledger>({ url: proxy.url }, 4);
  await reading(
    async (url) => {
      await proxy.cut();
      await sqs.send(
        url,
        Array.from({ length: 30 }, (_, index) => notification(`k${index}.png`)),
      );
      // Three looks at the database, each after a longer pause; nothing is received meanwhile.
      await until('it waits', async () => warnings.filter(({ data }) => data.pauseMs).length >= 3 || undefined);
      assert.deepEqual(warnings.flatMap(({ data }) => (data.pauseMs ? [data.pauseMs] : [])).slice(0, 3), [1000, 2000, 4000]);
      assert.ok(requestsOf('ReceiveMessage').length <= 2, 'the database is asked before the queue');
      const { ready, held } = sqs.look('pictures');
      assert.equal(ready.length + held, 30);
      await proxy.mend();
      await queued(30);
      await sqs.emptied('pictures');
      assert.equal((await events()).length, 30);
    },
    {},
    {},
    { ...services, db: away.db },
  );
  await away.close();
  await proxy.cut();
});

test('a message that takes longer than it stays away is not seen by anybody else', async () => {
  await reading(async (url) => {
    await whileLocked(async () => {
      await sqs.send(url, [notification('slow.png')]);
      await until('it is taken', async () => (sqs.look('pictures').held === 1 ? true : undefined));
      assert.deepEqual(await sqs.receive(url, 2 * BACK), [], 'it would have come back twice');
      assert.ok(requestsOf('ChangeMessageVisibilityBatch').length >= 2);
    });
    await sqs.emptied('pictures');
    assert.equal((await events()).length, 1);
  });
});

test('an empty queue is asked as seldom as its requests may wait, and what comes is there at once', async () => {
  await reading(async (url) => {
    await until('it asks', async () => requestsOf('ReceiveMessage')[0]);
    assert.deepEqual(await sqs.receive(url, 2), []);
    assert.equal(requestsOf('ReceiveMessage').length, 1, 'in two seconds and more');
    await sqs.send(url, [notification('a.png')]);
    await queued(1);
  });
});

test('stopping breaks off the waiting for messages; what comes in at that moment is not lost', async () => {
  await reading(async (url, consumer) => {
    await until('it asks', async () => requestsOf('ReceiveMessage')[0]);
    const started = performance.now();
    await consumer.stop();
    assert.ok(performance.now() - started < 5_000, 'it did not wait for its twenty seconds');
    // The emulator gives it to the request that was broken off.
    await sqs.send(url, [notification('later.png')]);
    assert.equal((await sqs.receive(url, 2 * BACK)).length, 1);
    assert.deepEqual(await events(), []);
  });
});

test('stopping finishes the batch in hand, and deletes it', async () => {
  await reading(async (url, consumer) => {
    let stopped = false;
    let stopping: Promise<unknown> | undefined;
    await whileLocked(async () => {
      await sqs.send(url, [notification('a.png'), notification('b.png')]);
      await until('it waits for the table', async () => ((await held()) === 1 ? true : undefined));
      stopping = consumer.stop().then(() => (stopped = true));
      assert.equal(await held(), 1);
      assert.equal(stopped, false);
    });
    await stopping;
    assert.deepEqual(await waiting(), ['a.png', 'b.png']);
    assert.deepEqual(sqs.look('pictures'), { ready: [], held: 0 });
  });
});

test('a queue that is not there is asked for with growing pauses', async () => {
  await reading(async () => {
    sqs.server.deleteQueue('pictures');
    await until('three times', async () => warnings.filter(({ data }) => data.pauseMs).length >= 3 || undefined);
    const [first, second, third] = warnings.filter(({ data }) => data.pauseMs);
    assert.deepEqual([first?.data.pauseMs, second?.data.pauseMs, third?.data.pauseMs], [1000, 2000, 4000]);
    assert.match(String((first?.data.err as Error | undefined)?.message), /does not exist/);
    assert.ok(requestsOf('ReceiveMessage').length <= 4);
  });
});
