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

function describeStats(stats: Stats): string {
  const { queue, renditions, failures, bytes, rate, latency } = stats;
  const classes = Object.entries(failures).map(([name, count]) => `${formatCount(count)} ${name}`);
  const rows = [
    ['queue', `${formatCount(queue.waiting)} waiting, ${formatCount(queue.active)} under way`],
    ['events', describeEvents(stats)],
    ['failures', classes.length > 0 ? styled('red', classes.join(', ')) : 'none'],
    ['renditions', `${formatCount(renditions)}, ${formatBytes(bytes.out)} made of ${formatBytes(bytes.in)}`],
    ['made', `${formatCount(rate.lastMinute)} in the last minute, ${formatCount(rate.lastHour)} in the last hour`],
    ...(latency ? [['latency', describeLatency(latency)]] : []),
  ];
  const text = formatTable(rows);
  return classes.length > 0
    ? `${text}\n\n"pixmill failures" lists the ${formatCountOf(classes.length, 'class', 'classes')} of failures`
    : text;
}

function describeEvents({ cos, cos_error, cron, cron_error, open, since }: Stats): string {
  if (since === null) return 'none';
  const failed = (count: number) => (count > 0 ? styled('red', `${formatCount(count)} failed`) : '0 failed');
  const figures = [
    `${formatCount(cos + cos_error)} of objects (${failed(cos_error)})`,
    `${formatCount(cron + cron_error)} of timers (${failed(cron_error)})`,
    `${formatCount(open)} open`,
  ];
  return `${figures.join(', ')}, since ${formatTime(since)}`;
}

function describeLatency({ p50, p95, p99 }: NonNullable<Stats['latency']>): string {
  return `half within ${formatDuration(p50)}, 95 % within ${formatDuration(p95)}, 99 % within ${formatDuration(p99)}`;
}
