// `pixmill access-key`: keys for S3 clients of the built-in store, each with rights in some buckets.
import type { Command } from 'commander';
import type { AccessKey } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { connect } from '../connect.ts';
import { formatTable, formatTime, styled } from '../figures.ts';
import { carryOut, UsageFault } from '../output.ts';
import { printableLine, printableName } from '../printable.ts';
import { s3Script, s3Variables } from '../s3-shell.ts';

interface Rights {
  read?: string[];
  write?: string[];
}

export function addAccessKey(program: Command): void {
  const accessKey = program
    .command('access-key')
    .description('keys for S3 clients of the built-in store, with rights per bucket');

  accessKey
    .command('create')
    .description('make an access key and print it as exports for the shell, its secret this once')
    .argument('<name>', 'what it is for')
    // The name comes first: behind a list of buckets it would be one of them.
    .usage('<name> [--read <bucket...>] [--write <bucket...>]')
    .option('--read <bucket...>', 'buckets that it may list, and get from; "*" is every bucket')
    .option('--write <bucket...>', 'buckets that it may put into, and delete from')
    .action((name: string, { read = [], write = [] }: Rights, command: Command) =>
      carryOut(command, async (output) => {
        if (read.length + write.length === 0) {
          throw new UsageFault('the key would have no right in any bucket', 'add --read BUCKET, --write BUCKET or both');
        }
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        const made = await ask(pixmill.POST('/api/v1/access-keys', { body: { name, read, write } }));
        const { id, secret, endpoint, region } = made;
        const variables = s3Variables({ endpoint, region, accessKeyId: id, secretAccessKey: secret });
        output.result(made, s3Script(variables, endpoint));
        output.note(`access key ${id}, ${printableName(made.name)}, ${describeRights(made)}; its secret is not shown again`);
        if (!output.json)
          output.note('keep these lines in a file that only its user can read, and use them by: . ./FILE; aws s3 ls');
        return undefined;
      }),
    );

  accessKey
    .command('list')
    .description('list access keys and their rights, newest first')
    .action((_options: object, command: Command) =>
      carryOut(command, async (output) => {
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        const { items } = await ask(pixmill.GET('/api/v1/access-keys'));
        output.result({ items }, describe(items));
        return undefined;
      }),
    );

  accessKey
    .command('revoke')
    .description('end an access key, and every URL that was presigned with it, at once')
    .argument('<id>', 'as "pixmill access-key list" shows it')
    .action((id: string, _options: object, command: Command) =>
      carryOut(command, async (output) => {
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        await ask(pixmill.DELETE('/api/v1/access-keys/{id}', { params: { path: { id } } }));
        output.result({ revoked: id }, `access key ${printableName(id)} is revoked`);
        return undefined;
      }),
    );
}

type BucketRights = Pick<AccessKey, 'read' | 'write'>;

/** `may read pictures, and write pictures, scans` */
function describeRights({ read, write }: BucketRights): string {
  const parts = [read.length > 0 && `read ${listed(read)}`, write.length > 0 && `write ${listed(write)}`];
  return `may ${parts.filter(Boolean).join(', and ')}`;
}

function listed(buckets: string[]): string {
  if (buckets.includes('*')) return 'every bucket';
  return buckets.length === 0 ? '–' : buckets.join(', ');
}

function describe(keys: AccessKey[]): string {
  const head = ['ID', 'NAME', 'READ', 'WRITE', 'MADE', 'LAST USED'].map((title) => styled('dim', title));
  const rows = keys.map(({ id, name, read, write, everything, createdAt, lastUsedAt }) => [
    id,
    printableLine(name),
    everything ? 'everything' : listed(read),
    everything ? 'everything' : listed(write),
    formatTime(createdAt),
    lastUsedAt === null ? 'never' : formatTime(lastUsedAt),
  ]);
  return formatTable([head, ...rows]);
}
