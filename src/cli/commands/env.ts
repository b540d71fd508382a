// `pixmill env`: what a shell needs so that S3 clients, psql and pixmill itself find the local server.
import type { Command } from 'commander';
import { readEnvironment } from '../../config/env.ts';
import type { Local } from '../../main/data-folder.ts';
import { requireLocal } from '../connect.ts';
import { DATABASE_SCRIPT, databaseVariables } from '../database-shell.ts';
import { carryOut } from '../output.ts';
import { exportsOf, s3Script, s3Variables } from '../s3-shell.ts';

export function addEnv(program: Command): void {
  program
    .command('env')
    .description('print exports for the shell: eval "$(npx pixmill env)"; aws s3 ls')
    .action((_options: object, command: Command) =>
      carryOut(command, async (output) => {
        const local = await requireLocal(readEnvironment(process.env));
        if (!local.s3) output.note('the store is not the built-in one: its address and keys are where you set them');
        const variables = variablesOf(local);
        const script = local.s3 ? s3Script(variables, local.s3.endpoint) : exportsOf(variables).join('\n');
        output.result(variables, local.database ? `${DATABASE_SCRIPT}\n${script}` : script);
        return undefined;
      }),
    );
}

function variablesOf({ url, token, s3, database }: Local): Record<string, string> {
  return { PIXMILL_URL: url, PIXMILL_TOKEN: token, ...(s3 && s3Variables(s3)), ...(database && databaseVariables(database)) };
}
