// `pixmill run`: looks at every object of a pipeline's source, and shows how far that has come.
import type { Command } from 'commander';
import type { Run } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { Fault } from '../../domain/fault.ts';
import { type Connection, connect } from '../connect.ts';
import { takeInterrupts } from '../interrupt.ts';
import { carryOut, EXIT, type Output } from '../output.ts';
import { printableLine } from '../printable.ts';
import { showProgress } from '../progress.ts';
import { describeCounts, describeRun } from '../runs.ts';

interface Options {
  wait: boolean;
  cancel?: true;
}

export function addRun(program: Command): void {
  program
    .command('run')
    .description('look at every object of a pipeline, and make what is missing')
    .argument('<pipeline>', 'its name')
    .option('--no-wait', 'start it, and leave it to itself')
    .option('--cancel', 'end the run that is under way; what it has queued is still done')
    .action((pipeline: string, { wait, cancel }: Options, command: Command) =>
      carryOut(command, async (output) => {
        const connection = await connect(readEnvironment(process.env));
        if (cancel) return cancelRun(connection, pipeline, output);
        const { pixmill, ask } = connection;
        const run = await ask(pixmill.POST('/api/v1/pipelines/{name}/runs', { params: { path: { name: pipeline } } }));
        if (wait) return watch(connection, run, output);
        output.result(run, `run ${run.id} of ${run.pipeline} is under way; "pixmill status" shows how it goes`);
        return EXIT.ok;
      }),
    );
}

async function cancelRun({ pixmill, ask }: Connection, name: string, output: Output): Promise<number> {
  const { items } = await ask(pixmill.GET('/api/v1/pipelines'));
  const pipeline = items.find((item) => item.name === name);
  if (!pipeline) {
    throw new Fault('not_found', `there is no pipeline "${name}"`, {
      mend: `there are: ${items.map((item) => item.name).join(', ')}`,
    });
  }
  const last = pipeline.lastRun;
  if (last?.state !== 'running') {
    throw new Fault('not_found', `no run of pipeline "${name}" is under way`, { mend: `"pixmill run ${name}" starts one` });
  }
  const run = await ask(pixmill.POST('/api/v1/runs/{id}/cancel', { params: { path: { id: last.id } } }));
  output.result(run, `run ${run.id} of ${name} is cancelled: ${describeCounts(run)}`);
  return EXIT.ok;
}

async function watch(connection: Connection, started: Run, output: Output): Promise<number> {
  const interrupt = takeInterrupts();
  let run = started;
  const progress = showProgress(() => ({
    fraction: run.listed ? (run.done + run.failed) / Math.max(1, run.queued) : undefined,
    text: `${run.pipeline}: ${describeCounts(run)}${run.error === null ? '' : `; tried again: ${printableLine(run.error)}`}`,
  }));
  try {
    for await (const now of states(connection, started.id, interrupt.signal)) {
      run = now;
      if (run.state !== 'running') break;
    }
  } finally {
    progress.stop();
    interrupt.dispose();
  }
  if (interrupt.signal.aborted && run.state === 'running') {
    output.note(`run ${run.id} goes on without you; "pixmill run ${run.pipeline}" watches it again, and --cancel ends it`);
    if (output.json) output.result(run, '');
    return interrupt.exitCode;
  }
  output.result(run, describeRun(run));
  if (run.state !== 'done') return EXIT.fault;
  if (run.failed === 0) return EXIT.ok;
  output.note('"pixmill failures" says what failed, and why');
  return EXIT.someFailed;
}

/** The run as it changes, its present state first. */
async function* states({ pixmill, ask, follow }: Connection, id: number, signal: AbortSignal): AsyncGenerator<Run> {
  for await (const event of follow(signal)) {
    if (event.type === 'resync') yield await ask(pixmill.GET('/api/v1/runs/{id}', { params: { path: { id } } }));
    else if (event.type === 'run' && event.data.id === id) yield event.data;
  }
}
