import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { makeCertificate } from '../../../test/certificate.ts';
import { CONFIG, startTestServer } from '../../../test/http-server.ts';
import { CERT_URL, snsConfirmation, snsMessage, TOPIC_ARN } from '../../../test/sns-message.ts';
import { openAccounts } from '../../accounts/accounts.ts';
import { compileConfig } from '../../config/load.ts';
import { fingerprint } from '../../imaging/fingerprint.ts';
import { MAX_MESSAGE_BYTES } from '../../intake/parse.ts';
import { type MessageServices, receiveMessages } from '../../intake/receive-messages.ts';
import { openDatabase } from '../../ledger/database.ts';
import type { Ledger } from '../../ledger/schema.ts';
import { openTokens } from '../../ledger/tokens.ts';
import { describeApi } from '../describe-api.ts';
import type { HttpServices } from '../services.ts';

type Server = Awaited<ReturnType<typeof startTestServer>>;

const GOOGLE = { audience: 'https://pix.example/hooks/events', email: 'push@project.iam.gserviceaccount.com' };
const certificate = makeCertificate();

let server: Server;
let hook: { secret: string; id: number };
/** What was asked of the world outside, and what it answers by address. */
let asked: string[] = [];
let world: Record<string, string> = {};

before(async () => {
  server = await start({ sns: { topics: [TOPIC_ARN] }, google: GOOGLE });
  hook = await server.services.accounts.createHookToken('minio');
});
after(() => server.stop());
beforeEach(async () => {
  asked = [];
  world = { [CERT_URL]: certificate.pem };
  await server.services.pool.query('TRUNCATE event, original, run CASCADE');
  server.lines.length = 0;
});

async function start(hooks: object, overrides: Partial<HttpServices> = {}): Promise<Server> {
  const config = await compileConfig({ ...CONFIG, hooks }, '/config.ts', fingerprint);
  const fetch: HttpServices['fetch'] = async (url) => {
    asked.push(url);
    return url in world ? new Response(world[url]) : new Response('', { status: 404 });
  };
  return startTestServer({ config, fetch, ...overrides });
}

interface Sent {
  url?: string;
  headers?: Record<string, string>;
  body?: unknown;
  to?: Server;
}

function send({
  url = '/hooks/events',
  headers = { authorization: `Bearer ${hook.secret}` },
  body = '',
  to = server,
}: Sent = {}) {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return to.app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload });
}

/** What was heard and is to be looked at, oldest first. */
async function heard(of = server): Promise<string[]> {
  const events = await recorded(of);
  return events
    .filter(({ key, result }) => key !== null && result === null)
    .map(({ kind, bucket, key }) => `${kind} ${bucket}/${key}`);
}

function recorded(of = server) {
  return of.services.db.selectFrom('event').selectAll().orderBy('id').execute();
}

const PLAIN = { bucket: 'pictures', key: 'a.png' };
const CE = { 'ce-id': '1', 'ce-source': '/s', 'ce-specversion': '1.0', 'ce-type': 'com.example.created' };
const s3Event = (...keys: string[]) => ({
  Records: keys.map((key) => ({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: 'pictures' }, object: { key, size: 3, eTag: 'e' } },
  })),
});

test('an event of each store is recorded once it is answered, and says how much of it concerns a pipeline', async () => {
  const answer = await send({ body: s3Event('a+b%2Bc.png', 'd.png') });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { received: 2, ignored: 0 }]);
  assert.deepEqual(await heard(), ['put pictures/a b+c.png', 'put pictures/d.png']);
  const outputs = await send({ body: { bucket: 'thumbnails', key: 'a.png.webp' } });
  assert.deepEqual([outputs.statusCode, outputs.json()], [200, { received: 0, ignored: 1 }]);
  assert.equal((await heard()).length, 2);
  const [event] = await recorded();
  assert.deepEqual([event?.door, event?.sender, event?.format], ['hook', 'minio', 's3']);
  assert.equal(event?.payload, JSON.stringify(s3Event('a+b%2Bc.png', 'd.png')));
  const line = server.lines.find(({ message }) => message === 'message received');
  assert.deepEqual([line?.level, line?.data.sender, line?.data.formats, line?.data.received], ['info', 'minio', 's3', 2]);
});

test('every address takes events, and the one for timers begins runs', async () => {
  for (const url of ['/hooks/events', '/events/cos', '/']) {
    assert.equal((await send({ url, body: PLAIN })).statusCode, 200, url);
  }
  assert.equal((await heard()).length, 3);
  assert.deepEqual((await send({ url: '/events/cron' })).json(), { received: 2, ignored: 0 });
  const runs = await server.services.db.selectFrom('run').select(['pipeline', 'trigger']).orderBy('id').execute();
  assert.deepEqual(runs, [
    { pipeline: 'thumbnail', trigger: 'cron' },
    { pipeline: 'scans', trigger: 'cron' },
  ]);
  assert.deepEqual((await send({ url: '/events/cron', body: { pipeline: 'scans' } })).json(), { received: 1, ignored: 0 });
  const unknown = await send({ url: '/events/cron', body: { pipeline: 'scan' } });
  assert.deepEqual([unknown.statusCode, unknown.json().detail], [400, 'there is no pipeline "scan"']);
});

test('the content type does not matter: SNS says text, and some say nothing', async () => {
  const body = JSON.stringify(PLAIN);
  for (const type of ['text/plain; charset=UTF-8', 'application/json', 'application/octet-stream', 'what/ever']) {
    assert.equal(
      (await send({ headers: { authorization: `Bearer ${hook.secret}`, 'content-type': type }, body })).statusCode,
      200,
    );
  }
  const bare = await server.app.inject({ method: 'POST', url: `/hooks/events?token=${hook.secret}`, payload: Buffer.from(body) });
  assert.equal(bare.statusCode, 200);
});

test('a CloudEvent is answered with nothing, since Knative takes any other body for a failure', async () => {
  const headers = { authorization: `Bearer ${hook.secret}`, ...CE };
  const binary = await send({ headers, body: PLAIN });
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
    const structured = await send({ headers: { authorization: `Bearer ${hook.secret}`, 'content-type': type }, body });
    assert.deepEqual([structured.statusCode, structured.body], [200, '']);
  }
  assert.deepEqual(await heard(), ['put pictures/a.png', 'put pictures/b.png', 'put pictures/b.png', 'put pictures/b.png']);
  const ping = { ...headers, 'ce-type': 'dev.knative.sources.ping' };
  assert.equal((await send({ headers: ping })).statusCode, 200);
});

test('a CloudEvent without a source is 400, by name, and nothing is recorded', async () => {
  const { 'ce-source': _, ...rest } = CE;
  const answer = await send({ headers: { authorization: `Bearer ${hook.secret}`, ...rest }, body: PLAIN });
  assert.deepEqual([answer.statusCode, answer.json().code, answer.json().detail], [400, 'invalid', 'ce-source is missing']);
  assert.deepEqual(await heard(), []);
});

test('what is not understood is 400 with its field, no message 415, too much of it 413; each leaves a line', async () => {
  const cases: [Parameters<typeof send>[0], number][] = [
    [{ body: s3Event('%E0%A4%A') }, 400],
    [{ body: s3Event('good.png', '%E0%A4%A') }, 400],
    [{ body: { ...s3Event('a'), Records: [{ ...s3Event('a').Records[0], eventVersion: '3.0' }] } }, 400],
    [{ body: 'hello' }, 400],
    [{ body: Buffer.from([0x7b, 0xff, 0x7d]) }, 400],
    [{ url: '/' }, 415],
    [{ url: '/', body: {} }, 415],
    [{ headers: { authorization: `Bearer ${hook.secret}`, 'content-encoding': 'gzip' }, body: PLAIN }, 415],
    [{ body: { ...PLAIN, filling: 'x'.repeat(MAX_MESSAGE_BYTES) } }, 413],
    [{ body: 'x'.repeat(1_000_000) }, 413],
  ];
  for (const [sent, status] of cases) {
    const answer = await send(sent);
    assert.equal(answer.statusCode, status, answer.body);
    assert.ok(answer.json().detail);
  }
  assert.match((await send({ body: s3Event('%E0%A4%A') })).json().detail, /^Records\[0\]\.s3\.object\.key "%E0%A4%A" /);
  assert.deepEqual(await heard(), [], 'the good one beside the bad one is not half taken');
  const refusals = server.lines.filter(({ message }) => message === 'message refused');
  assert.equal(refusals.length, cases.length + 1);
  for (const { level, data } of refusals) assert.deepEqual([level, data.sender], ['warn', 'minio']);
  const rejected = (await recorded()).filter(({ kind }) => kind === 'rejected');
  assert.equal(rejected.length, refusals.length);
  assert.ok(rejected.every(({ sender, detail }) => sender === 'minio' && detail));
});

test('history keeps what came as it came, headers of CloudEvents before it, as far as its database can hold it', async () => {
  const headers = { authorization: `Bearer ${hook.secret}`, ...CE, 'ce-type': 'dev.knative.sources.ping' };
  await send({ headers, body: 'tick\0' });
  const [ping] = await recorded();
  assert.match(ping?.payload ?? '', /^(ce-\S+: .*\n){4}\ntick\ufffd$/);
  assert.ok(!ping?.payload?.includes(hook.secret));
  await send({ body: { ...PLAIN, filling: '😀'.repeat(20_000) } });
  await send({ body: `{"filling":"a${'😀'.repeat(20_000)}","bucket":"pictures","key":"b.png"}` });
  for (const { payload } of (await recorded()).slice(-2)) {
    assert.ok(payload && payload.length <= 65_536 && payload.isWellFormed());
  }
  assert.deepEqual(await heard(), ['put pictures/a.png', 'put pictures/b.png']);
});

test('whoever shows no token, or a wrong one, or nearly the right one, is 401', async () => {
  const { secret } = hook;
  const near = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
  const { secret: link } = await server.services.accounts.createLink();
  const cookie = await server.signIn();
  const wrong: Parameters<typeof send>[0][] = [
    { headers: {} },
    { headers: { authorization: '' } },
    { headers: { authorization: 'Bearer' } },
    { headers: { authorization: secret } },
    { headers: { authorization: `Basic ${secret}` } },
    ...[near, `${secret}A`, secret.slice(0, -1), secret.toUpperCase(), `pxh_${'A'.repeat(43)}`, link, 'x'].flatMap((token) => [
      { headers: { authorization: `Bearer ${token}` } },
      { headers: {}, url: `/hooks/events?token=${token}` },
    ]),
    { headers: {}, url: '/hooks/events?token=' },
    { headers: {}, url: `/hooks/events?token=${secret}&token=${secret}` },
    { headers: { authorization: 'Bearer x' }, url: `/hooks/events?token=${secret}` },
    // A token that may do everything does not belong into an address.
    { headers: {}, url: `/hooks/events?token=${server.token}` },
    { headers: { cookie, 'sec-fetch-site': 'same-origin' } },
  ];
  for (const sent of wrong) {
    for (const url of [sent?.url ?? '/hooks/events', ...(sent?.url ? [] : ['/events/cos', '/events/cron', '/'])]) {
      const answer = await send({ body: PLAIN, ...sent, url });
      assert.equal(answer.statusCode, 401, JSON.stringify({ ...sent, url }));
      assert.match(answer.json().mend, /token create NAME --hook/);
    }
  }
  assert.deepEqual(await heard(), []);
});

test('a hook token works in a header and in the address, an API token in a header; a revoked one no more', async () => {
  const { secret, id } = await server.services.accounts.createHookToken('short');
  assert.equal((await send({ headers: {}, url: `/hooks/events?token=${secret}`, body: PLAIN })).statusCode, 200);
  assert.equal((await send({ headers: { authorization: `bearer ${secret}` }, body: PLAIN })).statusCode, 200);
  assert.equal((await send({ headers: server.bearer, body: PLAIN })).statusCode, 200);
  await server.services.accounts.revoke(id);
  assert.equal((await send({ headers: { authorization: `Bearer ${secret}` }, body: PLAIN })).statusCode, 401);
});

test('a hook token opens nothing else', async () => {
  const { paths } = (await describeApi('0')) as { paths: Record<string, Record<string, object>> };
  const HOOKS = ['/hooks/events', '/events/cos', '/events/cron', '/', '/healthz', '/readyz', '/sign-out', '/api/v1/session'];
  const routes = Object.entries(paths).filter(([path]) => !HOOKS.includes(path));
  assert.ok(routes.length > 15);
  const authorization = `Bearer ${hook.secret}`;
  for (const [path, methods] of routes) {
    for (const method of Object.keys(methods)) {
      const url = path.replace('{id}', '1');
      const request = { method: method.toUpperCase() as 'GET', headers: { authorization } };
      assert.equal((await server.app.inject({ ...request, url })).statusCode, 401, `${method} ${path}`);
      assert.equal((await server.app.inject({ method: request.method, url: `${url}?token=${hook.secret}` })).statusCode, 401);
    }
  }
});

test('no token is ever logged', async () => {
  await send({ headers: {}, url: `/hooks/events?token=${hook.secret}`, body: PLAIN });
  await send({ headers: {}, url: `/hooks/events?token=${hook.secret}`, body: 'broken' });
  await send({ headers: {}, url: `/hooks/events?token=${hook.secret.slice(0, -1)}x`, body: PLAIN });
  assert.ok(server.lines.length > 3);
  assert.ok(!JSON.stringify(server.lines).includes(hook.secret.slice(4, 40)));
});

test('SNS is believed by its signature', async () => {
  const headers = { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' };
  const body = snsMessage(certificate, { Message: JSON.stringify(s3Event('a+b.png')) });
  const answer = await send({ headers, body });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { received: 1, ignored: 0 }]);
  assert.deepEqual(await heard(), ['put pictures/a b.png']);
  assert.equal(server.lines.find(({ message }) => message === 'message received')?.data.sender, TOPIC_ARN);
});

test('SNS unsigned, altered, of another topic, or older than an hour is 401, and does nothing', async () => {
  const Message = JSON.stringify(s3Event('a.png'));
  const good = snsMessage(certificate, { Message });
  for (const body of [
    { ...good, Signature: undefined },
    { ...good, Message: JSON.stringify(s3Event('b.png')) },
    snsMessage(makeCertificate(), { Message }),
    snsMessage(certificate, { Message, TopicArn: `${TOPIC_ARN}-of-somebody` }),
    snsMessage(certificate, { Message, Timestamp: new Date(Date.now() - 3_660_000).toISOString() }),
  ]) {
    assert.equal((await send({ headers: {}, body })).statusCode, 401);
  }
  assert.deepEqual(await heard(), []);
});

test('SNS with its certificate elsewhere is 401, and nobody is asked', async () => {
  for (const SigningCertURL of [
    CERT_URL.replace('.com/', '.com@evil.example/'),
    CERT_URL.replace('.com/', '.com:8443/'),
    `${CERT_URL}?x`,
  ]) {
    assert.equal((await send({ headers: {}, body: snsMessage(certificate, { SigningCertURL }) })).statusCode, 401);
  }
  assert.deepEqual(asked, []);
});

test('a subscription is confirmed where its topic is configured and the address is that of SNS', async () => {
  const body = snsConfirmation(certificate);
  world[body.SubscribeURL as string] = '<ConfirmSubscriptionResponse/>';
  const answer = await send({ headers: {}, body });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { received: 0, ignored: 0 }]);
  assert.ok(asked.includes(body.SubscribeURL as string));
  asked = [];
  for (const changes of [{ SubscribeURL: 'http://169.254.169.254/latest/meta-data/' }, { TopicArn: `${TOPIC_ARN}2` }]) {
    // Even from a sender who is believed by a token.
    for (const headers of [{}, server.bearer]) {
      assert.equal((await send({ headers, body: snsConfirmation(certificate, changes) })).statusCode, 401);
    }
  }
  assert.deepEqual(
    asked.filter((url) => url !== CERT_URL),
    [],
  );
  assert.equal((await send({ headers: {}, body: { ...body, Token: 'y' } })).statusCode, 401, 'altered');
});

test('a subscription that cannot be confirmed now is 503, so that SNS asks again', async () => {
  const answer = await send({ headers: {}, body: snsConfirmation(certificate) });
  assert.equal(answer.statusCode, 503);
  assert.ok(answer.headers['retry-after']);
});

test('a push of Google is believed by its token', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  world['https://www.googleapis.com/oauth2/v3/certs'] = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] });
  const token = (claims: object) =>
    new SignJWT({ email: GOOGLE.email, email_verified: true, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuer('https://accounts.google.com')
      .setAudience(GOOGLE.audience)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  const body = {
    message: { attributes: { eventType: 'OBJECT_FINALIZE', bucketId: 'pictures', objectId: 'g+.png' }, messageId: '1', data: '' },
    subscription: 'projects/p/subscriptions/s',
  };
  const answer = await send({ headers: { authorization: `Bearer ${await token({})}` }, body });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(await heard(), ['put pictures/g+.png']);
  const other = await send({ headers: { authorization: `Bearer ${await token({ email: 'other@x.example' })}` }, body });
  assert.deepEqual([other.statusCode, other.json().detail], [401, 'the token of Google is refused for its claim "email"']);
});

test('Event Grid is given its code back, and its other handshake too, where it shows its token', async () => {
  const body = [
    {
      id: '2d1781af',
      topic: '/subscriptions/s',
      subject: '',
      data: {
        validationCode: '512d38b6',
        validationUrl: 'https://rp-eastus2.eventgrid.azure.net/eventsubscriptions/x/validate?id=5',
      },
      eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
      eventTime: '2026-11-02T10:20:30Z',
      metadataVersion: '1',
      dataVersion: '1',
    },
  ];
  const url = `/hooks/events?token=${hook.secret}`;
  const headers = { 'aeg-event-type': 'SubscriptionValidation' };
  const answer = await send({ headers, url, body });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { validationResponse: '512d38b6' }]);
  assert.equal((await send({ headers, body })).statusCode, 401);
  assert.deepEqual(asked, []);
  const ask = (of: string) =>
    server.app.inject({ method: 'OPTIONS', url: of, headers: { 'webhook-request-origin': 'eventgrid.azure.net' } });
  const allowed = await ask(url);
  assert.deepEqual([allowed.statusCode, allowed.headers['webhook-allowed-origin']], [200, 'eventgrid.azure.net']);
  assert.equal((await ask('/hooks/events')).statusCode, 401);
});

test('without a topic and without a token nobody is asked for a body', async () => {
  const closed = await start({});
  const answer = await send({ to: closed, headers: {}, body: 'x'.repeat(2_000_000) });
  assert.equal(answer.statusCode, 401);
  const sns = await send({ to: closed, headers: {}, body: snsMessage(certificate) });
  assert.equal(sns.statusCode, 401);
  assert.deepEqual(asked, []);
  await closed.stop();
});

test('where hooks are open everybody is believed, but browsers, and no strange subscription is confirmed', async () => {
  const open = await start({ open: true });
  assert.equal((await send({ to: open, headers: {}, body: PLAIN })).statusCode, 200);
  const unsigned = { ...snsMessage(certificate, { Message: JSON.stringify(s3Event('s.png')) }), Signature: undefined };
  assert.equal((await send({ to: open, headers: {}, body: unsigned })).statusCode, 200);
  assert.deepEqual(await heard(open), ['put pictures/a.png', 'put pictures/s.png']);
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[]) {
    assert.equal((await send({ to: open, headers, body: PLAIN })).statusCode, 403);
  }
  assert.equal((await send({ to: open, headers: {}, body: snsConfirmation(certificate) })).statusCode, 401);
  assert.deepEqual(asked, []);
  await open.stop();
});

test('with the database away an event is 503 and to be sent again, wherever that is found out', async () => {
  const { db, close } = openDatabase<Ledger>({ url: 'postgres://somebody:password@127.0.0.1:1/x' }, 1);
  const taking = { receiveMessages: receivingWith({ db, enqueue: nothing, enqueueRun: nothing }) };
  for (const [hooks, overrides] of [
    [{}, { db, accounts: openAccounts(openTokens(db)) }],
    [{ open: true }, taking],
  ] as const) {
    const away = await start(hooks, overrides);
    for (const [url, body] of [
      ['/hooks/events', PLAIN],
      ['/events/cron', {}],
    ] as const) {
      const answer = await send({ to: away, url, body });
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
  const broken = await start({ open: true }, { receiveMessages: receivingWith({ db, enqueue: nothing, enqueueRun: nothing }) });
  assert.equal((await send({ to: broken, body: PLAIN })).statusCode, 500);
  assert.deepEqual(await heard(), []);
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
