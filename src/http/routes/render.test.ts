import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { picture, startTestServer } from '../../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

function render(recipe: unknown, payload: Buffer | string, type = 'image/png') {
  const text = typeof recipe === 'string' ? recipe : JSON.stringify(recipe);
  return server.app.inject({
    method: 'POST',
    url: `/api/v1/render?recipe=${encodeURIComponent(text)}`,
    headers: { ...server.bearer, 'content-type': type },
    payload,
  });
}

test('a picture comes back rendered, with its size, hash and time in the headers, and nothing is stored', async () => {
  const answer = await render({ resize: { width: 20 }, format: 'webp' }, await picture(40, 30));
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.headers['content-type'], 'image/webp');
  const { width, height, format } = await sharp(answer.rawPayload).metadata();
  assert.deepEqual([width, height, format], [20, 15, 'webp']);
  assert.equal(answer.headers['x-pixmill-width'], '20');
  assert.equal(answer.headers['x-pixmill-height'], '15');
  assert.equal(answer.headers['x-pixmill-sha256'], createHash('sha256').update(answer.rawPayload).digest('hex'));
  assert.match(answer.headers['x-pixmill-ms'] as string, /^\d+$/);
  assert.deepEqual((await server.api('GET', '/objects')).json().items, []);
});

test('bytes without a known type are read for what they are; no recipe keeps the format', async () => {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/render',
    headers: { ...server.bearer, 'content-type': 'application/octet-stream' },
    payload: await picture(),
  });
  assert.equal(answer.headers['content-type'], 'image/png');
});

test('a recipe that is wrong is refused with its place', async () => {
  const body = await picture();
  const complaint = async (recipe: unknown) => {
    const answer = await render(recipe, body);
    assert.equal(answer.statusCode, 400, answer.body);
    return answer.json().detail;
  };
  assert.match(await complaint({ resize: { width: 0 } }), /query\.recipe\.resize\.width: 0 is outside 1–8192/);
  assert.match(await complaint('{'), /query\.recipe: is not JSON/);
  assert.match(await complaint('null'), /query\.recipe/);
  assert.match(await complaint({ colour: 'red' }), /query\.recipe/);
  assert.match(await complaint({ watermark: { file: '/etc/passwd' } }), /only pipelines lay marks/);
});

test('what is no picture is 415, a broken one 422, one over a limit 413', async () => {
  const [unsupported, empty, html] = [await render({}, 'text, really'), await render({}, ''), await render({}, 'x', 'text/html')];
  assert.deepEqual([unsupported.statusCode, unsupported.json().code], [415, 'unsupported']);
  assert.equal(empty.statusCode, 400);
  assert.equal(html.statusCode, 415);

  const noise = await sharp({ create: { width: 100, height: 100, channels: 3, noise: { type: 'gaussian' }, background: '#000' } })
    .jpeg()
    .toBuffer();
  const broken = await render({}, noise.subarray(0, noise.length / 2), 'image/jpeg');
  assert.deepEqual([broken.statusCode, broken.json().code], [422, 'corrupt']);

  const wide = await render({}, await picture(2000, 600));
  assert.deepEqual([wide.statusCode, wide.json().code], [413, 'too_large']);
  const heavy = await render({}, Buffer.alloc(200_001));
  assert.deepEqual([heavy.statusCode, heavy.json().code], [413, 'too_large']);
});

test('an SVG, whatever it calls itself, is not rendered', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>';
  for (const type of ['image/png', 'image/svg+xml']) {
    assert.equal((await render({}, svg, type)).json().code, 'unsupported');
  }
});

/** Begins a request and sends all of its body but the last byte. */
function halfSent(url: string, body: Buffer) {
  const headers = { ...server.bearer, 'content-type': 'image/png', 'content-length': body.length };
  const sent = request(`${url}/api/v1/render`, { method: 'POST', headers });
  const status = new Promise<number | undefined>((resolve) => {
    sent.on('response', (answer) => resolve(answer.resume().statusCode));
    sent.on('error', () => resolve(undefined));
  });
  sent.write(body.subarray(0, -1));
  return { status, finish: () => sent.end(body.subarray(-1)), abort: () => sent.destroy() };
}

test('more at once than can be rendered are told to come back, before their bytes fill the memory', {
  timeout: 20_000,
}, async () => {
  const body = await picture();
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  // Two for each of the two slots have a place, whichever come first.
  const all = Array.from({ length: 8 }, () => halfSent(url, body));
  const refused = new Set<(typeof all)[number]>();
  await new Promise<void>((resolve) => {
    for (const one of all) {
      void one.status.then((status) => {
        if (status === 503 && refused.add(one).size === 4) resolve();
      });
    }
  });
  const busy = await render({}, body);
  assert.deepEqual([busy.statusCode, busy.json().code, busy.headers['retry-after']], [503, 'unavailable', '2']);

  const [lost, ...placed] = all.filter((one) => !refused.has(one));
  lost?.abort();
  while ((await render({}, body)).statusCode === 503);
  for (const { finish } of placed) finish();
  assert.deepEqual(await Promise.all(placed.map(({ status }) => status)), [200, 200, 200]);
});
