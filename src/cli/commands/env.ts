// `pixmill env`: what a shell needs so that S3 clients and pixmill itself find the local server.
import type { Command } from 'commander';
import { readEnvironment } from '../../config/env.ts';
import type { Local } from '../../main/data-folder.ts';
import { requireLocal } from '../connect.ts';
import { carryOut } from '../output.ts';
import { quoteForShell } from '../printable.ts';

/** The built-in endpoint takes any region; clients want one. */
const REGION = 'us-east-1';

/** Credentials of another account that clients would send along with ours, or prefer to them. */
const IN_THE_WAY = ['AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN', 'AWS_ACCESS_KEY', 'AWS_SECRET_KEY', 'AWS_PROFILE'];

export function addEnv(program: Command): void {
  program
    .command('env')
    .description('print exports for the shell: eval "$(npx pixmill env)"; aws s3 ls')
    .action((_options: object, command: Command) =>
      carryOut(command, async (output) => {
        const local = await requireLocal(readEnvironment(process.env));
        if (!local.s3) output.note('the store is not the built-in one: its address and keys are where you set them');
        const variables = variablesOf(local);
        output.result(variables, script(variables, local.s3?.endpoint));
        return undefined;
      }),
    );
}

function variablesOf({ url, token, s3 }: Local): Record<string, string> {
  return {
    PIXMILL_URL: url,
    PIXMILL_TOKEN: token,
    ...(s3 && {
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ENDPOINT_URL: s3.endpoint,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
    }),
  };
}

function script(variables: Record<string, string>, endpoint: string | undefined): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoteForShell(value)}`);
  if (endpoint === undefined) return lines.join('\n');
  return [`unset ${IN_THE_WAY.join(' ')}`, ...lines, awsFunction(endpoint), s3cmdFunction(endpoint)].join('\n');
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
