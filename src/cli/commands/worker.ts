// `pixmill worker`: works the queue without a page or an API; for ever, or until nothing waits.
import type { Command } from 'commander';
import { readEnvironment } from '../../config/env.ts';
import { readJobEvent } from '../../config/job-event.ts';
import { presentRun } from '../../http/present.ts';
import type { WorkDone } from '../../main/worker.ts';
import { formatCount, formatCountOf } from '../figures.ts';
import { takeInterrupts } from '../interrupt.ts';
import { carryOut, EXIT, type Output } from '../output.ts';
import { describeRun } from '../runs.ts';

interface Options {
  untilIdle?: boolean;
  run?: string[];
}

export function addWorker(program: Command): void {
  program
    .command('worker')
    .description('work without a page or an API, on the database and the store that "serve" would use')
    .option('--until-idle', 'end when nothing waits and nothing is under way')
    .option('--run <pipeline...>', 'start runs of these pipelines first; "all" means every one')
    .action((options: Options, command: Command) => carryOut(command, (output) => runWorker(options, output)));
}

async function runWorker({ untilIdle = false, run = [] }: Options, output: Output): Promise<number> {
  const interrupt = takeInterrupts();
  const environment = readEnvironment(process.env);
  const { openLog } = await import('../../telemetry/log.ts');
  const log = openLog(environment.logLevel);
  const { work } = await import('../../main/worker.ts');
  const runs = run.includes('all') ? 'all' : run;
  const done = await work(environment, { untilIdle, runs, event: readJobEvent(process.env), signal: interrupt.signal }, log);
  output.result({ done: done.done, failed: done.failed, runs: done.runs.map(presentRun) }, describe(done));
  // Stopping is how a worker without an end of its own ends.
  if (interrupt.signal.aborted) return untilIdle ? interrupt.exitCode : EXIT.ok;
  if (done.runs.some(({ state }) => state !== 'done')) return EXIT.fault;
  if (done.failed === 0 && done.runs.every(({ failed }) => failed === 0)) return EXIT.ok;
  output.note('"pixmill failures" says what failed, and why');
  return EXIT.someFailed;
}

function describe({ done, failed, runs }: WorkDone): string {
  const objects = `${formatCountOf(done, 'object')} done, ${formatCount(failed)} failed`;
  return [...runs.map((run) => describeRun(presentRun(run))), objects].join('\n');
}
