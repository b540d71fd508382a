import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { makeCertificate } from '../../../test/certificate.ts';
import { CERT_URL, snsConfirmation, snsMessage, TOPIC_ARN } from '../../../test/sns-message.ts';
import type { Fetch } from './bounded-fetch.ts';
import { openSnsVerifier } from './sns.ts';

const certificate = makeCertificate();
const other = makeCertificate();

/** What was asked of the world outside, and what it answers. */
let asked: string[];
let answer: () => Response | Promise<Response>;
const fetch: Fetch = async (url, { redirect }) => {
  assert.equal(redirect, 'error');
  asked.push(url);
  return answer();
};
beforeEach(() => {
  asked = [];
  answer = () => new Response(certificate.pem);
});
const open = (now?: () => number) => openSnsVerifier([TOPIC_ARN], fetch, now);

test('a message is believed by its signature, of version 1 and of version 2, with a subject and without', async () => {
  for (const SignatureVersion of ['1', '2']) {
    for (const Subject of [undefined, 'Amazon S3 Notification']) {
      assert.equal(await open().verify(snsMessage(certificate, { SignatureVersion, Subject })), TOPIC_ARN);
    }
    assert.equal(await open().verify(snsConfirmation(certificate, { SignatureVersion })), TOPIC_ARN);
  }
});

test('a message with any of its parts altered is not believed', async () => {
  const verifier = open();
  const message = snsMessage(certificate, { Subject: 's' });
  const altered = [
    { Message: 'hello ' },
    { MessageId: 'x' },
    { Subject: 't' },
    { Subject: undefined },
    { Timestamp: new Date(Date.now() - 1000).toISOString() },
    { SignatureVersion: '1' },
    { Signature: snsMessage(other).Signature },
    { Signature: 'AAAA' },
  ];
  for (const change of altered) {
    const refused = { code: 'unauthenticated', message: /Signature does not fit the message/ };
    await assert.rejects(verifier.verify({ ...message, ...change }), refused, JSON.stringify(change));
  }
  const confirmation = snsConfirmation(certificate);
  for (const change of [
    { Token: 'x' },
    { SubscribeURL: `${confirmation.SubscribeURL}&x` },
    { Type: 'UnsubscribeConfirmation' },
  ]) {
    await assert.rejects(verifier.verify({ ...confirmation, ...change }), { code: 'unauthenticated' }, JSON.stringify(change));
  }
});

test('a message that lacks its signature, or what belongs to it, is not believed, and nothing is fetched for it', async () => {
  const message = snsMessage(certificate);
  for (const name of ['Signature', 'SignatureVersion', 'SigningCertURL', 'Timestamp', 'MessageId', 'Message']) {
    await assert.rejects(open().verify({ ...message, [name]: undefined }), {
      code: 'unauthenticated',
      message: new RegExp(name),
    });
  }
  for (const change of [{ SignatureVersion: '3' }, { Signature: '%%%' }, { Timestamp: 'now' }]) {
    await assert.rejects(open().verify({ ...message, ...change }), { code: 'unauthenticated' });
  }
  assert.deepEqual(asked, []);
});

test('a topic that the configuration does not name is not believed, and nothing is fetched for it', async () => {
  for (const TopicArn of [
    'arn:aws:sns:us-east-1:123456789012:pictures2',
    'arn:aws:sns:us-east-1:999999999999:pictures',
    '',
    undefined,
  ]) {
    await assert.rejects(open().verify(snsMessage(certificate, { TopicArn })), { code: 'unauthenticated', message: /TopicArn/ });
  }
  assert.deepEqual(asked, []);
});

test('a message is good for an hour', async () => {
  const sent = Date.now();
  const message = snsMessage(certificate, { Timestamp: new Date(sent).toISOString() });
  const at = (now: number) => open(() => now).verify(message);
  await at(sent + 3_600_000);
  await assert.rejects(at(sent + 3_600_001), { code: 'unauthenticated', message: /Timestamp/ });
  await assert.rejects(at(sent - 3_600_001), { code: 'unauthenticated', message: /Timestamp/ });
});

test('a certificate anywhere but at SNS in the topic’s region is never fetched', async () => {
  const host = 'sns.us-east-1.amazonaws.com';
  const file = 'SimpleNotificationService-9c6465fa.pem';
  for (const SigningCertURL of [
    `http://${host}/${file}`,
    `https://${host}@evil.example/${file}`,
    `https://evil@${host}/${file}`,
    `https://${host}:8443/${file}`,
    `https://${host}:443/${file}`,
    `https://${host}/${file}?x`,
    `https://${host}/${file}#x`,
    `https://${host}/x/../${file}`,
    `https://${host}/x/${file}`,
    `https://${host}//${file}`,
    `https://${host}\\@evil.example/${file}`,
    `https://${host}.evil.example/${file}`,
    `https://evil.example/${host}/${file}`,
    `https://sns.eu-west-1.amazonaws.com/${file}`,
    `https://sns.s3.amazonaws.com/${file}`,
    `https://sns.s3-us-west-2.amazonaws.com/${file}`,
    `https://sns.us-east-1.amazonaws.com.cn/${file}`,
    `https://SNS.us-east-1.amazonaws.com/${file}`,
    `https://${host}/SimpleNotificationService-xyz.pem`,
    `https://${host}/SimpleNotificationService-.pem`,
    `https://${host}/Other-9c6465fa.pem`,
    ` https://${host}/${file}`,
    `https://${host}/${file}\n`,
    'https://169.254.169.254/latest/meta-data',
    '',
  ]) {
    const refused = { code: 'unauthenticated', message: /SigningCertURL is not at sns\.us-east-1\.amazonaws\.com/ };
    await assert.rejects(open().verify(snsMessage(certificate, { SigningCertURL })), refused, SigningCertURL);
  }
  assert.deepEqual(asked, []);
});

test('no text that is not the very form of the address is fetched', async () => {
  await fc.assert(
    fc.asyncProperty(fc.webUrl({ withQueryParameters: true, withFragments: true }), async (SigningCertURL) => {
      await assert.rejects(open().verify(snsMessage(certificate, { SigningCertURL })), { code: 'unauthenticated' });
      assert.deepEqual(asked, []);
    }),
    { numRuns: 50 },
  );
});

test('the certificate is fetched once, however many messages come at once', async () => {
  const verifier = open();
  await Promise.all(Array.from({ length: 100 }, () => verifier.verify(snsMessage(certificate))));
  assert.deepEqual(asked, [CERT_URL]);
});

test('a certificate that cannot be had now is no fault of the message, and is asked for again', async () => {
  const verifier = open();
  for (const failing of [
    () => Promise.reject(new TypeError('fetch failed')),
    () => new Response('', { status: 500 }),
    () => new Response('', { status: 404 }),
    () => new Response('x'.repeat(65 * 1024)),
  ]) {
    answer = failing;
    await assert.rejects(verifier.verify(snsMessage(certificate)), { code: 'unavailable' });
  }
  answer = () => new Response(certificate.pem);
  await verifier.verify(snsMessage(certificate));
  assert.equal(asked.length, 5);
});

test('what is no certificate, or one that has ended, proves nothing', async () => {
  answer = () => new Response('<html>');
  await assert.rejects(open().verify(snsMessage(certificate)), { code: 'unauthenticated', message: /no certificate/ });
  const ended = makeCertificate(new Date(Date.now() - 60_000));
  answer = () => new Response(ended.pem);
  await assert.rejects(open().verify(snsMessage(ended)), { code: 'unauthenticated', message: /not valid now/ });
});

test('strangers cannot make us fetch without end', async () => {
  let now = Date.now();
  const verifier = open(() => now);
  answer = () => new Response('', { status: 404 });
  const strange = (id: number) =>
    snsMessage(certificate, { SigningCertURL: `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-${id}.pem` });
  for (let id = 0; id < 50; id++) await assert.rejects(verifier.verify(strange(id)), { code: 'unavailable' });
  assert.equal(asked.length, 20);
  now += 61_000;
  answer = () => new Response(certificate.pem);
  await verifier.verify(snsMessage(certificate));
});

test('a subscription to a topic that the configuration names is confirmed, at SNS in its region and nowhere else', async () => {
  answer = () => new Response('<ConfirmSubscriptionResponse/>');
  const message = snsConfirmation(certificate);
  await open().confirm(message);
  assert.deepEqual(asked, [message.SubscribeURL]);
  asked = [];
  const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: TOPIC_ARN, Token: 't' });
  for (const SubscribeURL of [
    'http://169.254.169.254/latest/meta-data/',
    `https://169.254.169.254/?${query}`,
    `http://sns.us-east-1.amazonaws.com/?${query}`,
    `https://sns.us-east-1.amazonaws.com:8443/?${query}`,
    `https://sns.us-east-1.amazonaws.com@169.254.169.254/?${query}`,
    `https://sns.us-east-1.amazonaws.com.evil.example/?${query}`,
    `https://sns.eu-west-1.amazonaws.com/?${query}`,
    `https://sns.us-east-1.amazonaws.com/x?${query}`,
    'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t',
    `https://sns.us-east-1.amazonaws.com/?${query}`.replace('Confirm', 'Delete'),
    `https://sns.us-east-1.amazonaws.com/?${query}`.replace('pictures', 'others'),
    undefined,
  ]) {
    await assert.rejects(open().confirm({ ...message, SubscribeURL }), { code: 'unauthenticated', message: /SubscribeURL/ });
  }
  await assert.rejects(open().confirm({ ...message, TopicArn: `${TOPIC_ARN}2` }), {
    code: 'unauthenticated',
    message: /TopicArn/,
  });
  assert.deepEqual(asked, []);
});

test('a confirmation that SNS does not take now is to be sent again', async () => {
  answer = () => new Response('', { status: 503 });
  await assert.rejects(open().confirm(snsConfirmation(certificate)), { code: 'unavailable' });
});

test('a topic in China is signed for at the address of that partition', async () => {
  const topic = 'arn:aws-cn:sns:cn-north-1:123456789012:pictures';
  const SigningCertURL = 'https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-9c.pem';
  const verifier = openSnsVerifier([topic], fetch);
  assert.equal(await verifier.verify(snsMessage(certificate, { TopicArn: topic, SigningCertURL })), topic);
});
