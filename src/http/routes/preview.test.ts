import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { picture, startTestServer } from '../../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

async function stored(key: string, bytes: Buffer) {
  await server.put('pictures', key, bytes, 'image/png');
  await server.work('pictures', key);
  return (await server.api('GET', `/objects?key=${encodeURIComponent(key)}`)).json().items[0];
}

test('a preview is a small WebP of the original, kept for good under the ETag and not fetched twice', async () => {
  const { id, etag } = await stored('wide.png', await picture(900, 300));
  const answer = await server.api('GET', `/objects/${id}/preview?v=${etag}`);
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['content-type'], 'image/webp');
  assert.equal(answer.headers['cache-control'], 'private, max-age=31536000, immutable');
  const { width, height } = await sharp(answer.rawPayload).metadata();
  assert.deepEqual([width, height], [640, 213]);
  const again = await server.api('GET', `/objects/${id}/preview`, undefined, { 'if-none-match': String(answer.headers.etag) });
  assert.equal(again.statusCode, 304);
});

test('what is no picture has no preview, and says why', async () => {
  const { id } = await stored('note.png', Buffer.from('text'));
  const answer = await server.api('GET', `/objects/${id}/preview`);
  assert.equal(answer.json().code, 'unsupported');
  assert.equal((await server.api('GET', '/objects/999999/preview')).statusCode, 404);
});
