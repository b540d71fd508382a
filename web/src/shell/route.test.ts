import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoute } from './route.ts';

test('a path leads to its page, a hash to a picture on it, and whatever else to the pictures', () => {
  assert.deepEqual(parseRoute('/', ''), { page: 'pictures', picture: undefined });
  assert.deepEqual(parseRoute('/', '#pictures'), { page: 'pictures', picture: undefined });
  assert.deepEqual(parseRoute('/', '#try'), { page: 'try', picture: undefined });
  assert.deepEqual(parseRoute('/', '#picture/12'), { page: 'pictures', picture: 12 });
  assert.deepEqual(parseRoute('/files', '#picture/12'), { page: 'files', picture: 12 });
  assert.deepEqual(parseRoute('/events/history', ''), { page: 'events', picture: undefined });
  assert.deepEqual(parseRoute('/events/stats', '#try'), { page: 'stats', picture: undefined });
  for (const hash of ['#picture/0', '#picture/-1', '#picture/1e3', '#picture/9999999999999999', '#constructor'])
    assert.deepEqual(parseRoute('/nowhere', hash), { page: 'pictures', picture: undefined }, hash);
});
