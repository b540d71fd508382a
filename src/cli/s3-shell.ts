// What a shell needs so that S3 clients reach the built-in endpoint, with one of its access keys.
import { quoteForShell } from './printable.ts';

export interface S3Access {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Credentials of another account that clients would send along with ours, or prefer to them. */
const IN_THE_WAY = ['AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN', 'AWS_ACCESS_KEY', 'AWS_SECRET_KEY', 'AWS_PROFILE'];

export function s3Variables({ endpoint, region, accessKeyId, secretAccessKey }: S3Access): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
  };
}

export function exportsOf(variables: Record<string, string>): string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${quoteForShell(value)}`);
}

/** The exports, and around them what makes clients heed them. */
export function s3Script(variables: Record<string, string>, endpoint: string): string {
  return [`unset ${IN_THE_WAY.join(' ')}`, ...exportsOf(variables), awsFunction(endpoint), s3cmdFunction(endpoint)].join('\n');
}

/** For versions of the AWS CLI that do not know AWS_ENDPOINT_URL. */
function awsFunction(endpoint: string): string {
  return `aws() { command aws --endpoint-url ${quoteForShell(endpoint)} "$@"; }`;
}

/** s3cmd reads keys from the environment where its configuration file names none, so it gets an empty one. */
function s3cmdFunction(endpoint: string): string {
  const { host, protocol } = new URL(endpoint);
  const at = quoteForShell(host);
  const ssl = protocol === 'https:' ? '--ssl' : '--no-ssl';
  return `s3cmd() { command s3cmd -c /dev/null --host=${at} --host-bucket=${at} ${ssl} "$@"; }`;
}
