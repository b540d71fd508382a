// `pixmill events`: what was heard, from whom, and what came of it.
import { type Command, Option } from 'commander';
import type { PixmillEvent } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { DOORS, type Door, objectName } from '../../domain/object-hint.ts';
import { wholeNumber } from '../arguments.ts';
import { connect } from '../connect.ts';
import { formatCountOf, formatTable, formatTime, styled } from '../figures.ts';
import { carryOut, UsageFault } from '../output.ts';
import { readItems } from '../pages.ts';
import { printableLine, printableName } from '../printable.ts';

/** Most that the API gives on a page. */
const PAGE = 200;
/** What was done is told at length by `explain`; here a line has to do. */
const DETAIL = 200;

const OUTCOMES = ['open', 'ok', 'error'] as const;

interface Filter {
  bucket?: string;
  key?: string;
  door?: Door;
  sender?: string;
  outcome?: (typeof OUTCOMES)[number];
}

export function addEvents(program: Command): void {
  program
    .command('events')
    .description('list what was heard and what came of it, newest first')
    .option('--bucket <bucket>', 'only of objects in this bucket')
    .option('--key <key>', 'only of the object of this key; needs --bucket')
    .addOption(new Option('--door <door>', 'only what came in here').choices(DOORS))
    .option('--sender <name>', 'only of this sender: the name of a token, a queue, a topic')
    .addOption(new Option('--outcome <outcome>', 'only what ended so').choices(OUTCOMES))
    .option('--limit <count>', 'at most so many', wholeNumber(1), 100)
    .action(({ limit, ...filter }: Filter & { limit: number }, command: Command) =>
      carryOut(command, async (output) => {
        if (filter.key !== undefined && filter.bucket === undefined) {
          throw new UsageFault('--key needs --bucket', 'name the bucket of the object as well');
        }
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        const { items, more } = await readItems(limit, PAGE, (page) =>
          ask(pixmill.GET('/api/v1/events', { params: { query: { ...filter, ...page } } })),
        );
        output.result({ items, more }, describe(items));
        if (items.length === 0) output.note('nothing was heard');
        else if (more) output.note(`there are more than these ${formatCountOf(items.length, 'event')}: raise --limit`);
        return undefined;
      }),
    );
}

function describe(events: PixmillEvent[]): string {
  if (events.length === 0) return '';
  const head = ['TIME', 'FROM', 'KIND', 'OF', 'RESULT'].map((title) => styled('dim', title));
  const rows = events.map(({ receivedAt, door, sender, kind, bucket, key, pipeline, result, detail }) => {
    const object = bucket === null || key === null ? undefined : printableName(objectName(bucket, key));
    const about = detail === null ? '' : ` ${styled('dim', printableLine(shortened(detail)))}`;
    return [
      formatTime(receivedAt),
      sender === null ? door : `${door} ${printableName(sender)}`,
      kind,
      object ?? pipeline ?? '',
      styled(colourOf(result), result ?? 'open') + about,
    ];
  });
  return formatTable([head, ...rows]);
}

function shortened(detail: string): string {
  return detail.length > DETAIL ? `${detail.slice(0, DETAIL).toWellFormed()}…` : detail;
}

function colourOf(result: string | null): 'yellow' | 'red' | 'none' {
  if (result === null) return 'yellow';
  return result === 'failed' || result === 'rejected' ? 'red' : 'none';
}
