import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer } from '../../test/http-server.ts';
import { Fault } from '../domain/fault.ts';

let thrown: unknown;
let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer({
    async depth() {
      throw thrown;
    },
  });
});
after(() => server.stop());

async function statsThat(error: unknown) {
  thrown = error;
  return server.api('GET', '/stats');
}

test('an error that nobody foresaw is a 500 that tells nothing of it, and the log has it all', async () => {
  const secret = 'SELECT * FROM token at /srv/pixmill/src/x.ts with pxa_secret for pictures/private.png';
  const answer = await statsThat(
    Object.assign(new Error(secret, { cause: new Error('deeper') }), { key: 'pictures/private.png' }),
  );
  assert.equal(answer.statusCode, 500);
  assert.match(answer.headers['content-type'] as string, /^application\/problem\+json/);
  const problem = answer.json();
  assert.deepEqual(Object.keys(problem).toSorted(), ['code', 'detail', 'mend', 'request', 'status', 'title', 'type']);
  assert.deepEqual([problem.code, problem.detail], ['internal', 'something failed inside Pixmill']);
  for (const part of ['SELECT', 'srv', 'pxa_', 'private', 'deeper']) assert.ok(!answer.body.includes(part), part);

  const line = server.lines.find(({ level, data }) => level === 'error' && data.request === problem.request);
  assert.equal((line?.data.err as Error | undefined)?.message, secret);
});

test('a fault of the inside is told in general words too', async () => {
  const answer = await statsThat(new Fault('internal', 'row 5 of pictures/private.png'));
  assert.equal(answer.statusCode, 500);
  assert.ok(!answer.body.includes('private'));
});

test('each fault has its status, and its mend is passed on', async () => {
  for (const [code, status] of [
    ['invalid', 400],
    ['denied', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['changed', 409],
    ['collision', 409],
    ['too_large', 413],
    ['unsupported', 415],
    ['corrupt', 422],
    ['store_unavailable', 503],
    ['unavailable', 503],
    ['timeout', 504],
  ] as const) {
    const answer = await statsThat(new Fault(code, 'what was wrong', { mend: 'what to do', cause: new Error('inner') }));
    assert.equal(answer.statusCode, status, code);
    assert.deepEqual(
      { ...(answer.json() as object), title: '' },
      { type: `urn:pixmill:${code}`, title: '', status, code, detail: 'what was wrong', mend: 'what to do' },
    );
    assert.equal(answer.headers['retry-after'], status === 503 ? '2' : undefined);
  }
});

test('a database that is away is 503, in general words', async () => {
  for (const error of [
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:5432'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('terminating connection'), { code: '57P01' }),
    Object.assign(new Error('x'), { code: '08006' }),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
  ]) {
    const answer = await statsThat(error);
    assert.equal(answer.statusCode, 503, error.message);
    assert.equal(answer.json().detail, 'the database does not answer');
  }
});

test('the framework’s own refusals are problems like any other', async () => {
  const send = (payload: string, type = 'application/json') =>
    server.app.inject({ method: 'POST', url: '/api/v1/runs', headers: { ...server.bearer, 'content-type': type }, payload });
  const seen = async (answer: Awaited<ReturnType<typeof send>>) => {
    assert.match(answer.headers['content-type'] as string, /^application\/problem\+json/);
    return [answer.statusCode, answer.json().code];
  };
  assert.deepEqual(await seen(await send('{')), [400, 'invalid']);
  assert.deepEqual(await seen(await send('')), [400, 'invalid']);
  assert.deepEqual(await seen(await send('{"__proto__": {"x": 1}, "pipeline": "thumbnail"}')), [400, 'invalid']);
  assert.deepEqual(await seen(await send(`"${'x'.repeat(1_000_001)}"`)), [413, 'too_large']);
  assert.deepEqual(await seen(await send('pipeline=thumbnail', 'application/x-www-form-urlencoded')), [415, 'unsupported']);
  assert.deepEqual(await seen(await server.app.inject({ url: '/api/v1/%E0%A4%A', headers: server.bearer })), [400, 'invalid']);
});

test('an address of the API that is none is a problem, with and without credentials', async () => {
  for (const url of ['/api/v1/nothing', '/api/v2', '/api/']) {
    for (const headers of [{}, server.bearer]) {
      const answer = await server.app.inject({ url, headers });
      assert.equal(answer.statusCode, 404, url);
      assert.equal(answer.json().code, 'not_found');
    }
  }
  assert.equal((await server.api('DELETE', '/pipelines')).statusCode, 404);
});
