import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../domain/fault.ts';
import { openLog } from './log.ts';

function collect(isTTY = false) {
  const lines: string[] = [];
  return { lines, sink: { write: (text: string) => lines.push(text), isTTY } };
}

test('a line is JSON with time, level and data, and levels below the wished one are silent', () => {
  const { lines, sink } = collect();
  const log = openLog('info', sink);
  log.debug({ a: 1 }, 'quiet');
  log.info({ bucket: 'b', key: 'line\r\nbreak' }, 'heard');
  assert.equal(lines.length, 1);
  const { time, ...rest } = JSON.parse(lines[0] ?? '');
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(rest, { level: 'info', bucket: 'b', key: 'line\r\nbreak', msg: 'heard' });
  assert.equal(lines[0]?.split('\n').length, 2, 'one line, whatever the key holds');
});

test('an error is told with its code, stack and causes, and without what clients hang on it', () => {
  const { lines, sink } = collect();
  const request = { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=abc' } };
  const inner = Object.assign(new Error('inner'), { code: 'ECONNREFUSED', $response: request, request });
  openLog('info', sink).error({ err: new Fault('store_unavailable', 'outer', { cause: inner }) }, 'failed');
  const { err } = JSON.parse(lines[0] ?? '');
  assert.deepEqual([err.name, err.code, err.message], ['Fault', 'store_unavailable', 'outer']);
  assert.deepEqual([err.cause.code, err.cause.message], ['ECONNREFUSED', 'inner']);
  assert.match(err.stack, /log\.test\.ts/);
  assert.ok(!lines[0]?.includes('AWS4'));

  const both = new AggregateError([new Error('IPv6 refused'), new Error('IPv4 refused')]);
  openLog('info', sink).error({ err: both }, 'failed');
  assert.match(JSON.parse(lines[1] ?? '').err.message, /IPv6 refused; .*IPv4 refused/);
});

test('secrets are taken out, wherever they stand', () => {
  const token = `pxa_${'B'.repeat(43)}`;
  const secrets = [
    { note: `sent ${token} along` },
    { note: `a store sent pxh_${'B'.repeat(43)}` },
    { url: '/hooks/events?token=hunter2' },
    { url: 'postgres://pix:hunter2@db.example/x' },
    { url: 'https://s3.example/b/k?X-Amz-Credential=AKIAHUNTER2&X-Amz-Signature=hunter2&X-Amz-Date=2026' },
    { headers: { authorization: 'Bearer hunter2', cookie: 'pixmill_session=hunter2', accept: '*/*' } },
    { secretAccessKey: 'hunter2', password: 'hunter"2', token: 'hunter2' },
    { err: new Error(`connect postgres://pix:hunter2@db failed with ${token}`) },
  ];
  for (const data of secrets) {
    for (const isTTY of [false, true]) {
      const { lines, sink } = collect(isTTY);
      openLog('info', sink).info(data, 'line');
      assert.doesNotMatch(lines[0] ?? '', /hunter|B{43}|HUNTER/, JSON.stringify(data));
      assert.match(lines[0] ?? '', /\[hidden\]/);
      if (!isTTY) JSON.parse(lines[0] ?? '');
    }
  }
});

test('at a terminal lines are short, and no name moves its cursor', () => {
  const { lines, sink } = collect(true);
  const log = openLog('debug', sink);
  log.warn({ key: 'a\u001b[2Jb\n\u202egpj', n: 3, list: [1] }, 'look');
  assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d ! look {2}key=a\\u\{1b\}\[2Jb\\u\{a\}\\u\{202e\}gpj n=3 list=\[1\]\n$/);
  log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
  assert.match(lines[1] ?? '', /^\d\d:\d\d:\d\d ✗ failed\n {2}Error: outer\n {4,}.*at [\s\S]*because: inner\n$/);
});
