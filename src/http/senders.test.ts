// Who is believed when events come in, and who is not.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { makeCertificate } from '../../test/certificate.ts';
import { PLAIN, type Sent, s3Event, startHookServer } from '../../test/hook-server.ts';
import { CERT_URL, snsConfirmation, snsMessage, TOPIC_ARN } from '../../test/sns-message.ts';
import { describeApi } from './describe-api.ts';

const GOOGLE = { audience: 'https://pix.example/hooks/events', email: 'push@project.iam.gserviceaccount.com' };
const certificate = makeCertificate();

let server: Awaited<ReturnType<typeof startHookServer>>;

before(async () => {
  server = await startHookServer({ sns: { topics: [TOPIC_ARN] }, google: GOOGLE });
  server.world[CERT_URL] = certificate.pem;
});
after(() => server.stop());
beforeEach(() => server.forget());

test('whoever shows no token, or a wrong one, or nearly the right one, is 401', async () => {
  const { secret } = server.hook;
  const near = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
  const { secret: link } = await server.services.accounts.createLink();
  const cookie = await server.signIn();
  const wrong: Sent[] = [
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
      const answer = await server.send({ body: PLAIN, ...sent, url });
      assert.equal(answer.statusCode, 401, JSON.stringify({ ...sent, url }));
      assert.match(answer.json().mend, /token create NAME --hook/);
    }
  }
  assert.deepEqual(await server.heard(), []);
});

test('a hook token works in a header and in the address, an API token in a header; a revoked one no more', async () => {
  const { secret, id } = await server.services.accounts.createHookToken('short');
  assert.equal((await server.send({ headers: {}, url: `/hooks/events?token=${secret}`, body: PLAIN })).statusCode, 200);
  assert.equal((await server.send({ headers: { authorization: `bearer ${secret}` }, body: PLAIN })).statusCode, 200);
  assert.equal((await server.send({ headers: server.bearer, body: PLAIN })).statusCode, 200);
  await server.services.accounts.revoke(id);
  assert.equal((await server.send({ headers: { authorization: `Bearer ${secret}` }, body: PLAIN })).statusCode, 401);
});

test('a hook token opens nothing else', async () => {
  const { paths } = (await describeApi('0')) as { paths: Record<string, Record<string, object>> };
  const HOOKS = ['/hooks/events', '/events/cos', '/events/cron', '/', '/healthz', '/readyz', '/sign-out', '/api/v1/session'];
  const routes = Object.entries(paths).filter(([path]) => !HOOKS.includes(path));
  assert.ok(routes.length > 15);
  const authorization = `Bearer ${server.hook.secret}`;
  for (const [path, methods] of routes) {
    for (const method of Object.keys(methods)) {
      const url = path.replace('{id}', '1');
      const request = { method: method.toUpperCase() as 'GET', headers: { authorization } };
      assert.equal((await server.app.inject({ ...request, url })).statusCode, 401, `${method} ${path}`);
      assert.equal(
        (await server.app.inject({ method: request.method, url: `${url}?token=${server.hook.secret}` })).statusCode,
        401,
      );
    }
  }
});

test('no token is ever logged', async () => {
  await server.send({ headers: {}, url: `/hooks/events?token=${server.hook.secret}`, body: PLAIN });
  await server.send({ headers: {}, url: `/hooks/events?token=${server.hook.secret}`, body: 'broken' });
  await server.send({ headers: {}, url: `/hooks/events?token=${server.hook.secret.slice(0, -1)}x`, body: PLAIN });
  assert.ok(server.lines.length > 3);
  assert.ok(!JSON.stringify(server.lines).includes(server.hook.secret.slice(4, 40)));
});

test('SNS is believed by its signature', async () => {
  const headers = { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' };
  const body = snsMessage(certificate, { Message: JSON.stringify(s3Event('a+b.png')) });
  const answer = await server.send({ headers, body });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { received: 1, ignored: 0 }]);
  assert.deepEqual(await server.heard(), ['put pictures/a b.png']);
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
    assert.equal((await server.send({ headers: {}, body })).statusCode, 401);
  }
  assert.deepEqual(await server.heard(), []);
});

test('SNS with its certificate elsewhere is 401, and nobody is asked', async () => {
  for (const SigningCertURL of [
    CERT_URL.replace('.com/', '.com@evil.example/'),
    CERT_URL.replace('.com/', '.com:8443/'),
    `${CERT_URL}?x`,
  ]) {
    assert.equal((await server.send({ headers: {}, body: snsMessage(certificate, { SigningCertURL }) })).statusCode, 401);
  }
  assert.deepEqual(server.asked, []);
});

test('a subscription is confirmed where its topic is configured and the address is that of SNS', async () => {
  const body = snsConfirmation(certificate);
  server.world[body.SubscribeURL as string] = '<ConfirmSubscriptionResponse/>';
  const answer = await server.send({ headers: {}, body });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { received: 0, ignored: 0 }]);
  assert.ok(server.asked.includes(body.SubscribeURL as string));
  server.asked.length = 0;
  for (const changes of [{ SubscribeURL: 'http://169.254.169.254/latest/meta-data/' }, { TopicArn: `${TOPIC_ARN}2` }]) {
    // Even from a sender who is believed by a token.
    for (const headers of [{}, server.bearer]) {
      assert.equal((await server.send({ headers, body: snsConfirmation(certificate, changes) })).statusCode, 401);
    }
  }
  assert.deepEqual(
    server.asked.filter((url) => url !== CERT_URL),
    [],
  );
  assert.equal((await server.send({ headers: {}, body: { ...body, Token: 'y' } })).statusCode, 401, 'altered');
});

test('a subscription that cannot be confirmed now is 503, so that SNS asks again', async () => {
  const body = snsConfirmation(certificate);
  delete server.world[body.SubscribeURL as string];
  const answer = await server.send({ headers: {}, body });
  assert.equal(answer.statusCode, 503);
  assert.ok(answer.headers['retry-after']);
});

test('a push of Google is believed by its token', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  server.world['https://www.googleapis.com/oauth2/v3/certs'] = JSON.stringify({
    keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }],
  });
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
  const answer = await server.send({ headers: { authorization: `Bearer ${await token({})}` }, body });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.deepEqual(await server.heard(), ['put pictures/g+.png']);
  const other = await server.send({ headers: { authorization: `Bearer ${await token({ email: 'other@x.example' })}` }, body });
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
  const url = `/hooks/events?token=${server.hook.secret}`;
  const headers = { 'aeg-event-type': 'SubscriptionValidation' };
  const answer = await server.send({ headers, url, body });
  assert.deepEqual([answer.statusCode, answer.json()], [200, { validationResponse: '512d38b6' }]);
  assert.equal((await server.send({ headers, body })).statusCode, 401);
  assert.deepEqual(server.asked, []);
  const ask = (of: string) =>
    server.app.inject({ method: 'OPTIONS', url: of, headers: { 'webhook-request-origin': 'eventgrid.azure.net' } });
  const allowed = await ask(url);
  assert.deepEqual([allowed.statusCode, allowed.headers['webhook-allowed-origin']], [200, 'eventgrid.azure.net']);
  assert.equal((await ask('/hooks/events')).statusCode, 401);
});

test('without a topic and without a token nobody is asked for a body', async () => {
  const closed = await startHookServer({});
  const answer = await closed.send({ headers: {}, body: 'x'.repeat(2_000_000) });
  assert.equal(answer.statusCode, 401);
  const sns = await closed.send({ headers: {}, body: snsMessage(certificate) });
  assert.equal(sns.statusCode, 401);
  assert.deepEqual(server.asked, []);
  await closed.stop();
});

test('where hooks are open everybody is believed, but browsers, and no strange subscription is confirmed', async () => {
  const open = await startHookServer({ open: true });
  assert.equal((await open.send({ headers: {}, body: PLAIN })).statusCode, 200);
  const unsigned = { ...snsMessage(certificate, { Message: JSON.stringify(s3Event('s.png')) }), Signature: undefined };
  assert.equal((await open.send({ headers: {}, body: unsigned })).statusCode, 200);
  assert.deepEqual(await open.heard(), ['put pictures/a.png', 'put pictures/s.png']);
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[]) {
    assert.equal((await open.send({ headers, body: PLAIN })).statusCode, 403);
  }
  assert.equal((await open.send({ headers: {}, body: snsConfirmation(certificate) })).statusCode, 401);
  assert.deepEqual(server.asked, []);
  await open.stop();
});
