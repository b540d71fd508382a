import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Fetch } from './bounded-fetch.ts';
import { openGoogleVerifier } from './google.ts';

const SENDER = { audience: 'https://pix.example/hooks/events', email: 'push@project.iam.gserviceaccount.com' };

let privateKey: CryptoKey;
let stranger: CryptoKey;
let keys: string;
let asked: string[];
let answer: () => Response | Promise<Response>;
const fetch: Fetch = async (url) => {
  asked.push(url);
  return answer();
};

before(async () => {
  const pair = await generateKeyPair('RS256');
  privateKey = pair.privateKey;
  stranger = (await generateKeyPair('RS256')).privateKey;
  keys = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }] });
});
beforeEach(() => {
  asked = [];
  answer = () => new Response(keys);
});

const now = () => Math.floor(Date.now() / 1000);
const claims = (changes: object = {}) => ({
  iss: 'https://accounts.google.com',
  aud: SENDER.audience,
  email: SENDER.email,
  email_verified: true,
  sub: '1',
  iat: now(),
  exp: now() + 3600,
  ...changes,
});
const token = (changes: object = {}, key = privateKey, kid = 'k1') =>
  new SignJWT(claims(changes)).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(key);

test('a token of the account, for this server, is believed, and Google’s keys are fetched once', async () => {
  const verify = openGoogleVerifier(SENDER, fetch);
  assert.equal(await verify(await token()), SENDER.email);
  await Promise.all(Array.from({ length: 50 }, async () => verify(await token({ iss: 'accounts.google.com' }))));
  assert.deepEqual(asked, ['https://www.googleapis.com/oauth2/v3/certs']);
});

test('a token with any of its claims wrong is refused by the name of that claim', async () => {
  const verify = openGoogleVerifier(SENDER, fetch);
  const wrong: [string, object][] = [
    ['iss', { iss: 'https://evil.example' }],
    ['aud', { aud: 'https://other.example' }],
    ['aud', { aud: undefined }],
    ['email', { email: 'other@project.iam.gserviceaccount.com' }],
    ['email', { email: undefined }],
    ['email_verified', { email_verified: false }],
    ['email_verified', { email_verified: 'true' }],
    ['exp', { exp: now() - 60 }],
    ['exp', { exp: undefined }],
    ['iat', { iat: undefined }],
    ['nbf', { nbf: now() + 600 }],
  ];
  for (const [claim, changes] of wrong) {
    const refused = { code: 'unauthenticated', message: `the token of Google is refused for its claim "${claim}"` };
    await assert.rejects(verify(await token(changes)), refused, JSON.stringify(changes));
  }
});

test('a token that somebody else signed, or nobody, is refused', async () => {
  const verify = openGoogleVerifier(SENDER, fetch);
  const parts = (await token()).split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const secret = new TextEncoder().encode(keys);
  for (const forged of [
    await token({}, stranger),
    await token({}, stranger, 'k2'),
    `${none}.${parts[1]}.`,
    await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret),
    `${parts[0]}.${Buffer.from(JSON.stringify(claims({ sub: '2' }))).toString('base64url')}.${parts[2]}`,
    'a.b.c',
    '',
  ]) {
    await assert.rejects(verify(forged), { code: 'unauthenticated', message: 'this is no token of Google' });
  }
});

test('keys that cannot be had now are no fault of the sender', async () => {
  for (const failing of [() => Promise.reject(new TypeError('fetch failed')), () => new Response('', { status: 500 })]) {
    answer = failing;
    await assert.rejects(openGoogleVerifier(SENDER, fetch)(await token()), { code: 'unavailable' });
  }
});
