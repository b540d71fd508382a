// `pixmill serve`: runs the server until a signal drains it.
import { once } from 'node:events';
import type { Command } from 'commander';
import { readEnvironment } from '../../config/env.ts';
import { readVersion } from '../../main/package.ts';
import type { Server } from '../../main.ts';
import { takeInterrupts } from '../interrupt.ts';
import { carryOut, EXIT } from '../output.ts';

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('start the server; SIGTERM or Ctrl-C finishes what is under way and stops it, a second signal stops it at once')
    .action((_options: object, command: Command) =>
      carryOut(command, async (output) => {
        const interrupt = takeInterrupts();
        const environment = readEnvironment(process.env);
        const { openLog } = await import('../../telemetry/log.ts');
        const log = openLog(environment.logLevel);
        const { serve } = await import('../../main.ts');
        const version = readVersion();
        const server = await serve(environment, version, log);
        if (!interrupt.signal.aborted) {
          const { url, s3, signInLink = null } = server;
          output.result({ version, url, s3, signInLink }, describe(version, server));
          await once(interrupt.signal, 'abort');
        }
        log.info({}, 'finishing what is under way');
        await server.stop();
        log.info({}, 'stopped');
        return EXIT.ok;
      }),
    );
}

function describe(version: string, { url, s3, signInLink }: Server): string {
  const ready = `Pixmill ${version} is ready: ${url} (page), ${s3} (S3)`;
  return signInLink === undefined ? ready : `${ready}\nSign in, once, with ${signInLink}`;
}
