// `pixmill files`: each file in every bucket it should be in.
import { type Command, Option } from 'commander';
import type { PixmillFile } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { objectName } from '../../domain/object-hint.ts';
import { wholeNumber } from '../arguments.ts';
import { connect } from '../connect.ts';
import { formatBytes, formatCountOf, formatTable, formatTime, styled } from '../figures.ts';
import { carryOut } from '../output.ts';
import { readItems } from '../pages.ts';
import { printableName } from '../printable.ts';

/** Most that the API gives on a page. */
const PAGE = 50;

interface Filter {
  bucket?: string;
  q?: string;
  pipeline?: string;
  state?: 'missing' | 'drift';
}

export function addFiles(program: Command): void {
  program
    .command('files')
    .description('list each file in every bucket it should be in, as the store has it and as the ledger says')
    .option('--bucket <bucket>', 'only sources in this bucket')
    .option('--q <words>', 'only files whose key holds this, whatever its case')
    .option('--pipeline <name>', 'only files that this pipeline takes')
    .addOption(
      new Option('--state <state>', 'only files of which something is missing, or differs from the ledger').choices([
        'missing',
        'drift',
      ]),
    )
    .option('--limit <count>', 'at most so many files', wholeNumber(1), 100)
    .action(({ limit, ...filter }: Filter & { limit: number }, command: Command) =>
      carryOut(command, async (output) => {
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        const { items, more } = await readItems(limit, PAGE, (page) =>
          ask(pixmill.GET('/api/v1/files', { params: { query: { ...filter, ...page } } })),
        );
        output.result({ items, more }, describe(items));
        if (items.length === 0) output.note('there are no such files');
        else if (more) output.note(`there may be more than these ${formatCountOf(items.length, 'file')}: raise --limit`);
        return undefined;
      }),
    );
}

type Output = PixmillFile['outputs'][number];
type Place = PixmillFile['source'] | Output;

const SIZE = 2;

function describe(files: PixmillFile[]): string {
  if (files.length === 0) return '';
  const head = ['FILE', 'FOUND', 'SIZE', 'MODIFIED', ''].map((title) => styled('dim', title));
  const rows = files.flatMap(({ bucket, key, source, outputs }) => [
    [styled('bold', printableName(objectName(bucket, key))), ...describePlace(source, ofSource(source))],
    ...outputs.map((output) => [`  ${describeOutput(output)}`, ...describePlace(output, ofOutput(output))]),
  ]);
  return formatTable([head, ...rows], { right: [SIZE] });
}

function describeOutput({ pipeline, name, bucket, key }: Output): string {
  const place = key === null ? `${bucket}/?` : printableName(objectName(bucket, key));
  return `${pipeline}/${name}  ${place}`;
}

function describePlace({ present, size, modifiedAt, missing, drift }: Place, remark: string): string[] {
  return [
    present ? 'present' : styled(missing ? 'red' : 'none', 'not found'),
    size === null ? '' : formatBytes(size),
    modifiedAt === null ? '' : formatTime(modifiedAt),
    styled(drift ? 'yellow' : 'dim', remark),
  ];
}

function ofSource({ present, drift, recorded }: PixmillFile['source']): string {
  if (recorded === null) return 'not on the ledger';
  const { state } = recorded;
  if (!drift) return state === 'done' ? '' : state;
  if (!present) return `the ledger has it as ${state}`;
  return state === 'gone' || state === 'delivered' ? `the ledger has it as ${state}` : 'the ledger has another version';
}

function ofOutput({ present, missing, drift, declared, recorded }: Output): string {
  const former = declared ? [] : ['not declared any more'];
  if (drift && recorded === null) return ['not on the ledger', ...former].join(', ');
  if (drift) return [present ? 'the ledger has another version' : 'the ledger has it', ...former].join(', ');
  return [...(missing ? ['not made'] : []), ...former].join(', ');
}
