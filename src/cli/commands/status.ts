// `pixmill status`: how the pipelines and the queue stand.
import type { Command } from 'commander';
import type { Pipeline, Run, Stats } from '../../../sdk/client.ts';
import { readEnvironment } from '../../config/env.ts';
import { connect } from '../connect.ts';
import { formatBytes, formatCount, formatCountOf, formatDuration, formatTable, formatTime, styled } from '../figures.ts';
import { carryOut } from '../output.ts';
import { printableName } from '../printable.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('how the pipelines and the queue stand')
    .action((_options: object, command: Command) =>
      carryOut(command, async (output) => {
        const { url, pixmill, ask } = await connect(readEnvironment(process.env));
        const [{ items: pipelines }, stats] = await Promise.all([
          ask(pixmill.GET('/api/v1/pipelines')),
          ask(pixmill.GET('/api/v1/stats')),
        ]);
        const text = [describePipelines(pipelines), '', describeStats(stats)].join('\n');
        output.result({ url, pipelines, stats }, text);
        return undefined;
      }),
    );
}

const HEAD = ['PIPELINE', 'SOURCE', 'DONE', 'PENDING', 'FAILED', 'DELIVERED', 'GONE', 'LAST RUN'];
const FIGURES = [2, 3, 4, 5, 6];

function describePipelines(pipelines: Pipeline[]): string {
  const rows = pipelines.map(({ name, source, counts, lastRun }) => [
    name,
    printableName(`${source.bucket}/${source.prefix}`),
    formatCount(counts.done),
    formatCount(counts.pending),
    counts.failed > 0 ? styled('red', formatCount(counts.failed)) : '0',
    formatCount(counts.delivered),
    formatCount(counts.gone),
    lastRun ? describeRun(lastRun) : 'never',
  ]);
  return formatTable([HEAD.map((title) => styled('dim', title)), ...rows], { right: FIGURES });
}

function describeRun({ state, startedAt, scanned, changed, failed }: Run): string {
  const found = `${formatCount(scanned)} scanned, ${formatCount(changed)} changed, ${formatCount(failed)} failed`;
  return `${formatTime(startedAt)} ${state}: ${found}`;
}

function describeStats({ queue, renditions, failures, bytes, rate, latency }: Stats): string {
  const classes = Object.entries(failures).map(([name, count]) => `${formatCount(count)} ${name}`);
  const rows = [
    ['queue', `${formatCount(queue.waiting)} waiting, ${formatCount(queue.active)} under way`],
    ['failures', classes.length > 0 ? styled('red', classes.join(', ')) : 'none'],
    ['renditions', `${formatCount(renditions)}, ${formatBytes(bytes.out)} made of ${formatBytes(bytes.in)}`],
    ['made', `${formatCount(rate.lastMinute)} in the last minute, ${formatCount(rate.lastHour)} in the last hour`],
    ...(latency ? [['latency', `half within ${formatDuration(latency.p50)}, 95 % within ${formatDuration(latency.p95)}`]] : []),
  ];
  const text = formatTable(rows);
  return classes.length > 0
    ? `${text}\n\n"pixmill failures" lists the ${formatCountOf(classes.length, 'class', 'classes')} of failures`
    : text;
}
