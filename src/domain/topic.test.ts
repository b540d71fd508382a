import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topicHost } from './topic.ts';

test('a topic is signed for in its own region and partition', () => {
  const hosts = {
    'arn:aws:sns:us-east-1:123456789012:pictures': 'sns.us-east-1.amazonaws.com',
    'arn:aws:sns:ap-southeast-2:123456789012:a_b-c.fifo': 'sns.ap-southeast-2.amazonaws.com',
    'arn:aws-us-gov:sns:us-gov-west-1:123456789012:t': 'sns.us-gov-west-1.amazonaws.com',
    'arn:aws-cn:sns:cn-north-1:123456789012:t': 'sns.cn-north-1.amazonaws.com.cn',
  };
  for (const [topic, host] of Object.entries(hosts)) assert.equal(topicHost(topic), host);
});

test('what is no name of a topic has no host, above all what would lead to a bucket that anybody may own', () => {
  for (const topic of [
    '',
    'pictures',
    'arn:aws:sqs:us-east-1:123456789012:t',
    'arn:aws:sns:s3:123456789012:t',
    'arn:aws:sns:s3-us-west-2:123456789012:t',
    'arn:aws:sns:us-east-1.evil:123456789012:t',
    'arn:aws:sns:us-east-1:123456789012:t\n',
    'arn:aws:sns:us-east-1:1234:t',
  ]) {
    assert.equal(topicHost(topic), undefined, topic);
  }
});
