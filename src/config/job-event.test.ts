import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJobEvent } from './job-event.ts';

test('what an event says in the environment is what it would say in the headers of a request', () => {
  const source = 'https://cloud.ibm.com/catalog/services/cloud-object-storage/pictures';
  const event = readJobEvent({
    CE_ID: 'a1',
    CE_TYPE: 'com.ibm.cloud.cos.document.write',
    CE_SOURCE: source,
    CE_SUBJECT: 'a b/ü 100%.jpg',
    CE_DATA: '{"bucket":"pictures"}',
    // Of the job run, not of the event.
    CE_PROJECT_ID: 'p',
    CE_JOBRUN: 'j',
  });
  assert.deepEqual(event, {
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'a1',
      'ce-type': 'com.ibm.cloud.cos.document.write',
      'ce-source': source,
      'ce-subject': 'a%20b/%C3%BC%20100%25.jpg',
    },
    body: '{"bucket":"pictures"}',
  });
});

test('a job run that nobody sent an event to has none', () => {
  assert.equal(readJobEvent({ CE_JOBRUN: 'j', CE_PROJECT_ID: 'p', CE_TYPE: '' }), undefined);
});
