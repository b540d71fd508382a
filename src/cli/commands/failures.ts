// `pixmill failures`: what was given up, and what to do about it.
import { type Command, Option } from 'commander';
import type { Failure } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { FAILURE_CLASSES, type FailureClass } from '../../domain/fault.ts';
import { objectName } from '../../domain/object-hint.ts';
import { wholeNumber } from '../arguments.ts';
import { type Connection, connect } from '../connect.ts';
import { formatCountOf, formatTime, styled } from '../figures.ts';
import { carryOut } from '../output.ts';
import { printableLine, printableName } from '../printable.ts';

/** Most that the API gives on a page. */
const PAGE = 200;

interface Options {
  class?: FailureClass;
  pipeline?: string;
  limit: number;
}

export function addFailures(program: Command): void {
  program
    .command('failures')
    .description('list what was given up, newest first')
    .addOption(new Option('--class <class>', 'only of this class').choices(FAILURE_CLASSES))
    .option('--pipeline <name>', 'only of this pipeline')
    .option('--limit <count>', 'at most so many', wholeNumber(1), 100)
    .action((options: Options, command: Command) =>
      carryOut(command, async (output) => {
        const { failures, more } = await read(await connect(readEnvironment(process.env)), options);
        output.result({ items: failures, more }, failures.map(describe).join('\n'));
        if (failures.length === 0) output.note('nothing has failed');
        else if (more) output.note(`there are more than these ${formatCountOf(failures.length, 'failure')}: raise --limit`);
        return undefined;
      }),
    );
}

async function read(
  { pixmill, ask }: Connection,
  { limit, class: kind, pipeline }: Options,
): Promise<{ failures: Failure[]; more: boolean }> {
  const filter = { ...(kind && { class: kind }), ...(pipeline !== undefined && { pipeline }) };
  const failures: Failure[] = [];
  let cursor: string | null = null;
  do {
    const query = { ...filter, limit: Math.min(PAGE, limit - failures.length), ...(cursor !== null && { cursor }) };
    const page: { items: Failure[]; next: string | null } = await ask(pixmill.GET('/api/v1/failures', { params: { query } }));
    failures.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && failures.length < limit);
  return { failures, more: cursor !== null };
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
