// `pixmill migrate`: brings the schema of the database up or down while no server uses it.
import type { Command } from 'commander';
import { carryOut } from '../output.ts';

export function addMigrate(program: Command): void {
  const migrate = program
    .command('migrate')
    .description('the schema of the database: DATABASE_URL, or the built-in one while no server runs on it');
  const load = () => import('../migrations.ts');

  migrate
    .command('up')
    .description('apply every migration that is missing; the server does so itself when it starts')
    .action((_options: object, command: Command) => carryOut(command, async (output) => (await load()).applyAll(output)));

  migrate
    .command('down')
    .description('revert the newest migration, with the tables and rows that it brought')
    .option('--yes', 'do not ask')
    .action(({ yes = false }: { yes?: boolean }, command: Command) =>
      carryOut(command, async (output) => (await load()).revertNewest(yes, output)),
    );

  migrate
    .command('status')
    .description('list the migrations, and when each was applied')
    .action((_options: object, command: Command) => carryOut(command, async (output) => (await load()).listMigrations(output)));
}
