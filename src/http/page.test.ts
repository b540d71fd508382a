import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startTestServer } from '../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ url, headers });

test('until the page is built, a plain one says how to build it', async () => {
  const answer = await get('/');
  assert.equal(answer.statusCode, 503);
  assert.match(answer.headers['content-type'] as string, /^text\/html/);
  assert.match(answer.body, /npm run build:web/);
});

test('the page is served at every address that is none of a file, and needs no sign-in', async () => {
  const folder = join(server.folder, 'web');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(folder, 'assets', 'app-1a2b.js'), 'export {};');
  await writeFile(join(folder, '.secret.txt'), 'hidden');
  await writeFile(join(server.folder, 'outside.txt'), 'outside');

  for (const url of ['/', '/files', '/events/history', '/@somebody']) {
    const answer = await get(url, { accept: 'text/html' });
    assert.equal(answer.statusCode, 200, url);
    assert.match(answer.body, /<title>page/);
    assert.equal(answer.headers['cache-control'], 'no-cache');
  }
  const script = await get('/assets/app-1a2b.js');
  assert.equal(script.statusCode, 200);
  assert.match(script.headers['content-type'] as string, /javascript/);
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable');
});

test('nothing but the page’s own files is served', async () => {
  for (const url of [
    '/missing.js',
    '/.secret.txt',
    '/../outside.txt',
    '/..%2foutside.txt',
    '/%2e%2e/outside.txt',
    '/assets/..%2f..%2foutside.txt',
    '/assets/%00.js',
    '/assets/%E0%A4%A.js',
  ]) {
    const answer = await get(url);
    assert.ok(
      answer.statusCode === 404 || answer.statusCode === 400 || answer.statusCode === 403,
      `${url}: ${answer.statusCode}`,
    );
    assert.ok(!answer.body.includes('outside') && !answer.body.includes('hidden'), url);
    assert.notEqual(answer.headers['cache-control'], 'public, max-age=31536000, immutable', url);
  }
});

test('the page may run its own scripts and speak to its own server and store, and nothing else', async () => {
  const { headers } = await get('/', { host: 'pix.example:8080' });
  const policy = Object.fromEntries(
    (headers['content-security-policy'] as string).split(';').map((part) => {
      const [name = '', ...sources] = part.trim().split(' ');
      return [name, sources.join(' ')];
    }),
  );
  assert.equal(policy['default-src'], "'none'");
  assert.equal(policy['script-src'], "'self'");
  assert.equal(policy['style-src'], "'self'");
  assert.equal(policy['img-src'], "'self' blob: data:");
  assert.match(policy['connect-src'] ?? '', /^'self' http:\/\/pix\.example:\d+$/);
  assert.equal(policy['frame-ancestors'], "'none'");
  assert.equal(policy['base-uri'], "'none'");
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('no Host adds a directive to the policy', async () => {
  for (const host of ["x; script-src 'unsafe-inline'", 'x y', 'evil.example/path', '', 'a"b']) {
    const answer = await get('/', { host });
    const policy = answer.headers['content-security-policy'] as string | undefined;
    if (answer.statusCode !== 200) continue;
    assert.equal(policy?.match(/script-src/g)?.length, 1, host);
    assert.match(policy ?? '', /connect-src 'self' ('self'|https?:\/\/[\w.:-]+);/, host);
  }
});
