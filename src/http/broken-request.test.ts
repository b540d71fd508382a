import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { startTestServer } from '../../test/http-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
let port: number;
before(async () => {
  server = await startTestServer();
  port = Number(new URL(await server.app.listen({ host: '127.0.0.1', port: 0 })).port);
});
after(() => server.stop());

async function say(words: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(words);
  return text(socket);
}

test('what is no HTTP is refused as a problem, and the connection ends', async () => {
  const answer = await say('hello there\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(answer, /content-type: application\/problem\+json\r\n/);
  assert.equal(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').code, 'invalid');
});

test('headers without end are refused', async () => {
  const answer = await say(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 431 /);
});

test('two lengths, or a length and chunks, are refused: no proxy may read another request than we do', async () => {
  for (const headers of ['content-length: 5\r\ncontent-length: 6', 'content-length: 5\r\ntransfer-encoding: chunked']) {
    assert.match(await say(`POST /sign-out HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n12345`), /^HTTP\/1\.1 400 /, headers);
  }
});
