// `pixmill redrive`: tries failures again.
import { type Command, Option } from 'commander';
import { readEnvironment } from '../../config/env.ts';
import { FAILURE_CLASSES, type FailureClass } from '../../domain/fault.ts';
import { wholeNumber } from '../arguments.ts';
import { connect } from '../connect.ts';
import { formatCountOf } from '../figures.ts';
import { carryOut, UsageFault } from '../output.ts';

/** Most ids that one request may name. */
const IDS = 1000;

interface Options {
  all?: true;
  class?: FailureClass;
  pipeline?: string;
}

const readId = wholeNumber(1);

export function addRedrive(program: Command): void {
  program
    .command('redrive')
    .description('try failures again')
    .argument('[ids...]', 'as "pixmill failures" shows them', (said: string, ids: number[] = []) => [...ids, readId(said)])
    .option('--all', 'every failure there is')
    .addOption(new Option('--class <class>', 'only those of this class').choices(FAILURE_CLASSES))
    .option('--pipeline <name>', 'only those of this pipeline')
    .action((ids: number[] | undefined, { all, class: kind, pipeline }: Options, command: Command) =>
      carryOut(command, async (output) => {
        const filter = { ...(kind && { class: kind }), ...(pipeline !== undefined && { pipeline }) };
        const bodies = choose(ids ?? [], all === true, filter);
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        let redriven = 0;
        for (const body of bodies) redriven += (await ask(pixmill.POST('/api/v1/failures/redrive', { body }))).redriven;
        output.result({ redriven }, `${formatCountOf(redriven, 'failure')} will be tried again`);
        return undefined;
      }),
    );
}

type Filter = { class?: FailureClass; pipeline?: string };

function choose(ids: number[], all: boolean, filter: Filter): ({ all: true } | (Filter & { ids?: number[] }))[] {
  const filtered = Object.keys(filter).length > 0;
  if (all && (ids.length > 0 || filtered)) throw new UsageFault('--all stands alone', 'leave out --all, or everything else');
  if (all) return [{ all: true }];
  if (ids.length === 0 && !filtered) {
    throw new UsageFault('nothing says which failures', 'name ids, --class or --pipeline, or say --all');
  }
  if (ids.length === 0) return [filter];
  const bodies = [];
  for (let from = 0; from < ids.length; from += IDS) bodies.push({ ...filter, ids: ids.slice(from, from + IDS) });
  return bodies;
}
