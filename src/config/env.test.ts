import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEnvironment } from './env.ts';

test('an empty environment means a laptop: everything built in', () => {
  const environment = readEnvironment({});
  assert.equal(environment.port, 8080);
  assert.equal(environment.host, '127.0.0.1');
  assert.equal(environment.s3Port, 9000);
  assert.equal(environment.data, 'data');
  assert.equal(environment.s3, undefined);
  assert.equal(environment.databaseUrl, undefined);
  assert.equal(environment.hideButton, false);
});

test('a variable that is set to nothing counts as unset', () => {
  assert.equal(readEnvironment({ PORT: '', DATABASE_URL: '', HIDE_BUTTON: '' }).port, 8080);
});

test('an endpoint, or a key that is not our own, means a foreign store', () => {
  assert.deepEqual(readEnvironment({ S3_ENDPOINT: 'https://s3.example.org', AWS_REGION: 'eu-1' }).s3, {
    endpoint: 'https://s3.example.org',
    region: 'eu-1',
  });
  assert.deepEqual(readEnvironment({ AWS_ACCESS_KEY_ID: 'AKIAX' }).s3, { endpoint: undefined, region: 'us-east-1' });
  assert.equal(readEnvironment({ AWS_ACCESS_KEY_ID: 'PXML1234' }).s3, undefined);
});

test('all faults are reported at once, each by its variable and without its value, which may be secret', () => {
  assert.throws(
    () => readEnvironment({ PORT: 'http', DATABASE_URL: 'mysql://me:secret@host/y' }),
    (fault: Error) =>
      /^PORT: must be a port number$/m.test(fault.message) &&
      /^DATABASE_URL: must be a URL/m.test(fault.message) &&
      !fault.message.includes('secret'),
  );
});
