// The pixmill command: puts the commands together and reads the command line.
import { Command, CommanderError } from 'commander';
import { readVersion } from '../main/package.ts';
import { addAccessKey } from './commands/access-key.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addEnv } from './commands/env.ts';
import { addEvents } from './commands/events.ts';
import { addExplain } from './commands/explain.ts';
import { addFailures } from './commands/failures.ts';
import { addFiles } from './commands/files.ts';
import { addMigrate } from './commands/migrate.ts';
import { addPut } from './commands/put.ts';
import { addRedrive } from './commands/redrive.ts';
import { addRender } from './commands/render.ts';
import { addRun } from './commands/run.ts';
import { addServe } from './commands/serve.ts';
import { addStatus } from './commands/status.ts';
import { addToken } from './commands/token.ts';
import { addWorker } from './commands/worker.ts';
import { endQuietlyOnClosedPipe, failUsage } from './output.ts';

const COMMANDS = [
  addServe,
  addWorker,
  addPut,
  addRun,
  addStatus,
  addExplain,
  addEvents,
  addFiles,
  addFailures,
  addRedrive,
  addDeliveries,
  addRender,
  addMigrate,
  addToken,
  addAccessKey,
  addEnv,
];

const AFTER_HELP = `
Most commands speak to a running server: the one on the data folder (./data, or PIXMILL_DATA), or the one that PIXMILL_URL and
PIXMILL_TOKEN name. Exit codes: 0 done, 1 fault, 2 wrong usage, 3 some objects failed, 130 interrupted.`;

function assemble(): Command {
  const program = new Command('pixmill')
    .description('Turns every picture put into a bucket into the renditions you declared.')
    .version(readVersion())
    .option('--json', 'print one JSON document, and nothing else, on standard output')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .showHelpAfterError('  → see "pixmill help", or --help behind a command')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'pixmill: ')) })
    .exitOverride()
    .addHelpText('after', AFTER_HELP);
  for (const add of COMMANDS) add(program);
  return program;
}

endQuietlyOnClosedPipe();
try {
  await assemble().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said what is wrong; help and version are no errors.
  if (error.exitCode !== 0) failUsage(error.message.replace(/^error: /, ''), process.argv.includes('--json'));
}
