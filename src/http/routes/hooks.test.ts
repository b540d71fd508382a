import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { PLAIN, type Sent, s3Event, startHookServer } from '../../../test/hook-server.ts';
import { openAccounts } from '../../accounts/accounts.ts';
import { MAX_MESSAGE_BYTES } from '../../intake/parse.ts';
import { type MessageServices, receiveMessages } from '../../intake/receive-messages.ts';
import { openDatabase } from '../../ledger/database.ts';
import type { Ledger } from '../../ledger/schema.ts';
import { openTokens } from '../../ledger/tokens.ts';
import type { HttpServices } from '../services.ts';

let server: Awaited<ReturnType<typeof startHookServer>>;

before(async () => {
  server = await startHookServer({});
});
after(() => server.stop());
beforeEach(() => server.forget());

const CE = { 'ce-id': '1', 'ce-source': '/s', 'ce-specversion': '1.0', 'ce-type': 'com.example.created' };

test('an event of each store is recorded once it is answered, and says how much of it concerns a pipeline', async () => {
  const answer = await server.send({ body: s3Event('a+b%2Bc.png', 'd.png') });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { received: 2, ignored: 0 }]);
  assert.deepEqual(await server.heard(), ['put pictures/a b+c.png', 'put pictures/d.png']);
  const outputs = await server.send({ body: { bucket: 'thumbnails', key: 'a.png.webp' } });
  assert.deepEqual([outputs.statusCode, outputs.json()], [200, { received: 0, ignored: 1 }]);
  assert.equal((await server.heard()).length, 2);
  const [event] = await server.recorded();
  assert.deepEqual([event?.door, event?.sender, event?.format], ['hook', 'minio', 's3']);
  assert.equal(event?.payload, JSON.stringify(s3Event('a+b%2Bc.png', 'd.png')));
  const line = server.lines.find(({ message }) => message === 'message received');
  assert.deepEqual([line?.level, line?.data.sender, line?.data.formats, line?.data.received], ['info', 'minio', 's3', 2]);
});

test('every address takes events, and the one for timers begins runs', async () => {
  for (const url of ['/hooks/events', '/events/cos', '/']) {
    assert.equal((await server.send({ url, body: PLAIN })).statusCode, 200, url);
  }
  assert.equal((await server.heard()).length, 3);
  assert.deepEqual((await server.send({ url: '/events/cron' })).json(), { received: 2, ignored: 0 });
  const runs = await server.services.db.selectFrom('run').select(['pipeline', 'trigger']).orderBy('id').execute();
  assert.deepEqual(runs, [
    { pipeline: 'scans', trigger: 'cron' },
    { pipeline: 'thumbnail', trigger: 'cron' },
  ]);
  assert.deepEqual((await server.send({ url: '/events/cron', body: { pipeline: 'scans' } })).json(), { received: 1, ignored: 0 });
  const unknown = await server.send({ url: '/events/cron', body: { pipeline: 'scan' } });
  assert.deepEqual([unknown.statusCode, unknown.json().detail], [400, 'there is no pipeline "scan"']);
  const refused = (await server.recorded()).at(-1);
  assert.deepEqual([refused?.kind, refused?.result], ['cron', 'rejected'], 'a refused timer is one');
});

test('the content type does not matter: SNS says text, and some say nothing', async () => {
  const body = JSON.stringify(PLAIN);
  for (const type of ['text/plain; charset=UTF-8', 'application/json', 'application/octet-stream', 'what/ever']) {
    assert.equal(
      (await server.send({ headers: { authorization: `Bearer ${server.hook.secret}`, 'content-type': type }, body })).statusCode,
      200,
    );
  }
  const bare = await server.app.inject({
    method: 'POST',
    url: `/hooks/events?token=${server.hook.secret}`,
    payload: Buffer.from(body),
  });
  assert.equal(bare.statusCode, 200);
});

test('a CloudEvent is answered with nothing, since Knative takes any other body for a failure', async () => {
  const headers = { authorization: `Bearer ${server.hook.secret}`, ...CE };
  const binary = await server.send({ headers, body: PLAIN });
  assert.deepEqual([binary.statusCode, binary.body, binary.headers['content-type']], [200, '', undefined]);
  const event = {
    specversion: '1.0',
    id: '2',
    source: '/s',
    type: 'com.example.created',
    data: { bucket: 'pictures', key: 'b.png' },
  };
  for (const [type, body] of [
    ['application/cloudevents+json; charset=utf-8', event],
    ['application/cloudevents-batch+json', [event, { ...event, id: '3' }]],
  ] as const) {
    const structured = await server.send({
      headers: { authorization: `Bearer ${server.hook.secret}`, 'content-type': type },
      body,
    });
    assert.deepEqual([structured.statusCode, structured.body], [200, '']);
  }
  assert.deepEqual(await server.heard(), [
    'put pictures/a.png',
    'put pictures/b.png',
    'put pictures/b.png',
    'put pictures/b.png',
  ]);
  const ping = { ...headers, 'ce-type': 'dev.knative.sources.ping' };
  assert.equal((await server.send({ headers: ping })).statusCode, 200);
});

test('a CloudEvent without a source is 400, by name, and nothing is recorded', async () => {
  const { 'ce-source': _, ...rest } = CE;
  const answer = await server.send({ headers: { authorization: `Bearer ${server.hook.secret}`, ...rest }, body: PLAIN });
  assert.deepEqual([answer.statusCode, answer.json().code, answer.json().detail], [400, 'invalid', 'ce-source is missing']);
  assert.deepEqual(await server.heard(), []);
});

test('what is not understood is 400 with its field, no message 415, too much of it 413; each leaves a line', async () => {
  const cases: [Sent, number][] = [
    [{ body: s3Event('%E0%A4%A') }, 400],
    [{ body: s3Event('good.png', '%E0%A4%A') }, 400],
    [{ body: { ...s3Event('a'), Records: [{ ...s3Event('a').Records[0], eventVersion: '3.0' }] } }, 400],
    [{ body: 'hello' }, 400],
    [{ body: Buffer.from([0x7b, 0xff, 0x7d]) }, 400],
    [{ url: '/' }, 415],
    [{ url: '/', body: {} }, 415],
    [{ headers: { authorization: `Bearer ${server.hook.secret}`, 'content-encoding': 'gzip' }, body: PLAIN }, 415],
    [{ body: { ...PLAIN, filling: 'x'.repeat(MAX_MESSAGE_BYTES) } }, 413],
    [{ body: 'x'.repeat(1_000_000) }, 413],
  ];
  for (const [sent, status] of cases) {
    const answer = await server.send(sent);
    assert.equal(answer.statusCode, status, answer.body);
    assert.ok(answer.json().detail);
  }
  assert.match((await server.send({ body: s3Event('%E0%A4%A') })).json().detail, /^Records\[0\]\.s3\.object\.key "%E0%A4%A" /);
  assert.deepEqual(await server.heard(), [], 'the good one beside the bad one is not half taken');
  const refusals = server.lines.filter(({ message }) => message === 'message refused');
  assert.equal(refusals.length, cases.length + 1);
  for (const { level, data } of refusals) assert.deepEqual([level, data.sender], ['warn', 'minio']);
  const rejected = (await server.recorded()).filter(({ kind }) => kind === 'rejected');
  assert.equal(rejected.length, refusals.length);
  assert.ok(rejected.every(({ sender, detail }) => sender === 'minio' && detail));
});

test('history keeps what came as it came, headers of CloudEvents before it, as far as its database can hold it', async () => {
  const headers = { authorization: `Bearer ${server.hook.secret}`, ...CE, 'ce-type': 'dev.knative.sources.ping' };
  await server.send({ headers, body: 'tick\0' });
  const [ping] = await server.recorded();
  assert.match(ping?.payload ?? '', /^(ce-\S+: .*\n){4}\ntick\ufffd$/);
  assert.ok(!ping?.payload?.includes(server.hook.secret));
  await server.send({ body: { ...PLAIN, filling: '😀'.repeat(20_000) } });
  await server.send({ body: `{"filling":"a${'😀'.repeat(20_000)}","bucket":"pictures","key":"b.png"}` });
  for (const { payload } of (await server.recorded()).slice(-2)) {
    assert.ok(payload && payload.length <= 65_536 && payload.isWellFormed());
  }
  assert.deepEqual(await server.heard(), ['put pictures/a.png', 'put pictures/b.png']);
});

test('with the database away an event is 503 and to be sent again, wherever that is found out', async () => {
  const { db, close } = openDatabase<Ledger>({ url: 'postgres://somebody:password@127.0.0.1:1/x' }, 1);
  const taking = { receiveMessages: receivingWith({ db, enqueue: nothing, enqueueRun: nothing }) };
  for (const [hooks, overrides] of [
    [{}, { db, accounts: openAccounts(openTokens(db)) }],
    [{ open: true }, taking],
  ] as const) {
    const away = await startHookServer(hooks, overrides);
    for (const [url, body] of [
      ['/hooks/events', PLAIN],
      ['/events/cron', {}],
    ] as const) {
      const answer = await away.send({ url, body });
      assert.deepEqual([answer.statusCode, answer.json().code], [503, 'unavailable'], url);
      assert.match(String(answer.headers['retry-after']), /^\d+$/);
      assert.doesNotMatch(answer.body, /127\.0\.0\.1|somebody|password/);
    }
    await away.stop();
  }
  await close();
});

test('an event whose work cannot be enqueued was never heard, and is to be sent again', async () => {
  const { db } = server.services;
  const broken = await startHookServer(
    { open: true },
    { receiveMessages: receivingWith({ db, enqueue: nothing, enqueueRun: nothing }) },
  );
  assert.equal((await broken.send({ body: PLAIN })).statusCode, 500);
  assert.deepEqual(await server.heard(), []);
  await broken.stop();
});

async function nothing(): Promise<never> {
  throw new Error('the queue is broken');
}

/** As the program does it, but on that database and that queue. */
function receivingWith(
  changes: Pick<MessageServices, 'enqueue' | 'enqueueRun'> & { db: unknown },
): HttpServices['receiveMessages'] {
  const { config, log } = server.services;
  const services = { pipelines: config.pipelines, wake() {}, log, ...changes } as MessageServices;
  return (messages, from) => receiveMessages(services, messages, from);
}
