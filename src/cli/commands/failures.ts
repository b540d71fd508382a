// `pixmill failures`: what was given up, and what to do about it.
import type { Command } from 'commander';
import type { Failure } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { objectName } from '../../domain/object-hint.ts';
import { wholeNumber } from '../arguments.ts';
import { connect } from '../connect.ts';
import { type FailureFilter, failureFilterOf, withFailureFilter } from '../failure-filter.ts';
import { formatCountOf, formatTime, styled } from '../figures.ts';
import { carryOut } from '../output.ts';
import { readItems } from '../pages.ts';
import { printableLine, printableName } from '../printable.ts';

/** Most that the API gives on a page. */
const PAGE = 200;

export function addFailures(program: Command): void {
  withFailureFilter(program.command('failures').description('list what was given up, newest first'))
    .option('--limit <count>', 'at most so many', wholeNumber(1), 100)
    .action(({ limit, ...options }: FailureFilter & { limit: number }, command: Command) =>
      carryOut(command, async (output) => {
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        const filter = failureFilterOf(options);
        const { items, more } = await readItems(limit, PAGE, (page) =>
          ask(pixmill.GET('/api/v1/failures', { params: { query: { ...filter, ...page } } })),
        );
        output.result({ items, more }, items.map(describe).join('\n'));
        if (items.length === 0) output.note('nothing has failed');
        else if (more) output.note(`there are more than these ${formatCountOf(items.length, 'failure')}: raise --limit`);
        return undefined;
      }),
    );
}

function describe({ id, failedAt, class: kind, bucket, key, pipeline, rendition, reason, mend, attempts }: Failure): string {
  const tries = attempts > 1 ? ` (${attempts} tries)` : '';
  const lines = [
    `${String(id).padStart(6)}  ${formatTime(failedAt)}  ${styled('red', kind)}  ${printableName(objectName(bucket, key))}`,
    `        ${pipeline}/${rendition}: ${printableLine(reason)}${tries}`,
    ...(mend === null ? [] : [`        → ${printableLine(mend)}`]),
  ];
  return lines.join('\n');
}
