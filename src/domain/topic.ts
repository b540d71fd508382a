// Names of AWS SNS topics: which of them are believed is configured, and where they are signed follows from the name.

/** The region's form keeps out `s3` and `s3-us-west-2`, under which strangers own names: `sns.s3.amazonaws.com` is a bucket. */
const TOPIC = /^arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-\d{1,2}):\d{12}:[\w-]{1,256}(?:\.fifo)?$/;

/** The host of SNS in the topic's region; undefined for what is no name of a topic. */
export function topicHost(topic: string): string | undefined {
  const [, partition, region] = TOPIC.exec(topic) ?? [];
  if (region === undefined) return undefined;
  return `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}
