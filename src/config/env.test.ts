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

test('the built-in endpoint is in us-east-1, or in whatever region is named in the letters that clients sign', () => {
  assert.equal(readEnvironment({}).s3Region, 'us-east-1');
  // A region for AWS says nothing about our own endpoint.
  assert.equal(readEnvironment({ AWS_REGION: 'eu-1' }).s3Region, 'us-east-1');
  assert.equal(readEnvironment({ PIXMILL_S3_REGION: 'eu-north-1' }).s3Region, 'eu-north-1');
  for (const PIXMILL_S3_REGION of ['EU', 'eu/north', 'eu north', '-eu', 'eu-', 'a'.repeat(64)]) {
    assert.throws(() => readEnvironment({ PIXMILL_S3_REGION }), /PIXMILL_S3_REGION: must be 1–63 lower-case/);
  }
});

test('a function of AWS Lambda knows its memory, and its region without any other sign of AWS', () => {
  const { region, functionMemory, s3 } = readEnvironment({ AWS_REGION: 'eu-west-1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769' });
  assert.deepEqual([region, functionMemory, s3], ['eu-west-1', 1769, undefined]);
  assert.deepEqual([readEnvironment({}).region, readEnvironment({}).functionMemory], ['us-east-1', undefined]);
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
