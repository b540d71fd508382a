// `pixmill redrive`: tries failures again.
import type { Command } from 'commander';
import { readEnvironment } from '../../config/env.ts';
import { wholeNumber } from '../arguments.ts';
import { connect } from '../connect.ts';
import { type FailureFilter, failureFilterOf, withFailureFilter } from '../failure-filter.ts';
import { formatCountOf } from '../figures.ts';
import { carryOut, UsageFault } from '../output.ts';

/** Most ids that one request may name. */
const IDS = 1000;

const readId = wholeNumber(1);

export function addRedrive(program: Command): void {
  const command = program
    .command('redrive')
    .description('try failures again')
    .argument('[ids...]', 'as "pixmill failures" shows them', (said: string, ids: number[] = []) => [...ids, readId(said)])
    .option('--all', 'every failure there is');
  withFailureFilter(command).action(
    (ids: number[] | undefined, { all, ...options }: FailureFilter & { all?: true }, command: Command) =>
      carryOut(command, async (output) => {
        const bodies = choose(ids ?? [], all === true, failureFilterOf(options));
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        let redriven = 0;
        for (const body of bodies) redriven += (await ask(pixmill.POST('/api/v1/failures/redrive', { body }))).redriven;
        output.result({ redriven }, `${formatCountOf(redriven, 'failure')} will be tried again`);
        return undefined;
      }),
  );
}

function choose(ids: number[], all: boolean, filter: FailureFilter): ({ all: true } | (FailureFilter & { ids?: number[] }))[] {
  const filtered = Object.keys(filter).length > 0;
  if (all && (ids.length > 0 || filtered)) throw new UsageFault('--all stands alone', 'leave out --all, or everything else');
  if (all) return [{ all: true }];
  if (ids.length === 0 && !filtered) {
    throw new UsageFault(
      'nothing says which failures',
      'name ids, --class, --pipeline, --bucket, --prefix or --since, or say --all',
    );
  }
  if (ids.length === 0) return [filter];
  const bodies = [];
  for (let from = 0; from < ids.length; from += IDS) bodies.push({ ...filter, ids: ids.slice(from, from + IDS) });
  return bodies;
}
