// `pixmill explain`: the whole story of one object, and why nothing was done where nothing was.
import type { Command } from 'commander';
import type { History, StoredObject } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { objectName, parseObjectName } from '../../domain/object-hint.ts';
import { connect } from '../connect.ts';
import { formatBytes, formatDuration, formatTable, formatTime, styled } from '../figures.ts';
import { carryOut, UsageFault } from '../output.ts';
import { printableLine, printableName } from '../printable.ts';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('tell the whole story of an object: what was heard of it, what was done and why')
    .argument('<bucket/key>', 'the object')
    .action((name: string, _options: object, command: Command) =>
      carryOut(command, async (output) => {
        const object = parseObjectName(name.replace(/^s3:\/\//, ''));
        if (!object) throw new UsageFault(`${printableName(name)} names no object`, 'write it as BUCKET/KEY');
        const { pixmill, ask } = await connect(readEnvironment(process.env));
        const history = await ask(pixmill.GET('/api/v1/history', { params: { query: object } }));
        output.result(history, describe(history));
        return undefined;
      }),
    );
}

function describe(history: History): string {
  const { bucket, key, object, madeFrom, story } = history;
  const title = styled('bold', printableName(objectName(bucket, key)));
  const lines = [object ? `${title}  ${describeObject(object)}` : title];
  if (madeFrom) {
    const from = printableName(objectName(madeFrom.bucket, madeFrom.key));
    lines.push(`is a rendition; its story is that of its original: pixmill explain ${from}`);
  }
  lines.push(...describePipelines(history));
  if (story.length > 0) lines.push('', describeStory(story));
  if (object && object.failures.length > 0) lines.push('', ...describeMends(object));
  const nothing = whyNothing(history);
  if (nothing !== undefined) lines.push('', nothing);
  return lines.join('\n');
}

function describeObject({ state, format, width, height, size }: StoredObject): string {
  const colour = ({ failed: 'red', done: 'green' } as Record<string, 'red' | 'green'>)[state] ?? 'yellow';
  const picture = format === null || width === null ? [] : [`${width} × ${height} ${format}`];
  return [styled(colour, state), ...picture, ...(size === null ? [] : [formatBytes(size)])].join(', ');
}

function describePipelines({ pipelines }: History): string[] {
  return pipelines.map(({ name, takes, why }) => `${takes ? 'taken' : 'not taken'} by ${name}: ${printableLine(why)}`);
}

function describeStory(story: History['story']): string {
  const rows = story.map(({ at, what, kind, detail, attempt, ms, run }) => {
    const more = [
      ...(attempt === null ? [] : [`try ${attempt}`]),
      ...(ms === null ? [] : [formatDuration(ms)]),
      ...(run === null ? [] : [`for run ${run}`]),
    ];
    const colour = kind === 'failed' || what === 'failure' ? 'red' : 'none';
    return [
      styled('dim', formatTime(at, 'milliseconds')),
      what,
      styled(colour, kind),
      printableLine(detail) + (more.length > 0 ? styled('dim', ` (${more.join(', ')})`) : ''),
    ];
  });
  return formatTable(rows);
}

function describeMends({ failures }: StoredObject): string[] {
  return failures.map(({ id, pipeline, rendition, mend }) => {
    const again = `"pixmill redrive ${id}" tries it again`;
    return `${pipeline}/${rendition} → ${mend === null ? again : `${printableLine(mend)}; ${again}`}`;
  });
}

/** Undefined where something was done, or is about to be. */
function whyNothing({ object, madeFrom, pipelines, story, bucket, key }: History): string | undefined {
  if (madeFrom || (object && (object.renditions.length > 0 || object.failures.length > 0))) return undefined;
  if (!pipelines.some(({ takes }) => takes)) return 'Nothing is done about it, since no pipeline takes it.';
  const last = story.at(-1);
  if (last?.event?.result === null)
    return 'Nothing was done about it yet: it waits for its turn. "pixmill status" shows the queue.';
  if (last) return undefined;
  const taker = pipelines.find(({ takes }) => takes)?.name ?? '';
  const name = printableName(objectName(bucket, key));
  return `Nothing was done, since nothing was heard of it. If ${name} is in the store, "pixmill run ${taker}" finds it.`;
}
