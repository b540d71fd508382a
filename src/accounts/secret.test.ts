import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSecret, makeSecret } from './secret.ts';

test('no two secrets are alike, and each says at its front what it is for', () => {
  const secrets = Array.from({ length: 1000 }, () => makeSecret('api'));
  assert.equal(new Set(secrets).size, 1000);
  assert.match(makeSecret('link'), /^pxl_[\w-]{43}$/);
  assert.match(makeSecret('session'), /^pxs_[\w-]{43}$/);
  assert.match(makeSecret('hook'), /^pxh_[\w-]{43}$/);
});

test('the hash is that of this secret, and only text that can be a secret of its kind has one', () => {
  const secret = makeSecret('api');
  assert.match(hashSecret('api', secret) ?? '', /^[0-9a-f]{64}$/);
  assert.equal(hashSecret('api', secret), hashSecret('api', secret));
  for (const other of ['', secret.slice(1), `${secret}a`, secret.replace('pxa_', 'pxl_'), `${secret.slice(0, -1)}!`, '\0']) {
    assert.equal(hashSecret('api', other), undefined, other);
  }
  assert.equal(hashSecret('session', secret), undefined);
});
