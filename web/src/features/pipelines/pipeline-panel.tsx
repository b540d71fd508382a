// One pipeline: from where to where, how things stand, and the button that runs it over its whole source.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { applyRun } from '../../api/apply-news.ts';
import { answer, pixmill } from '../../api/client.ts';
import { inWords } from '../../api/fault-words.ts';
import type { Pipeline, Run } from '../../api/types.ts';
import { count } from '../../format/words.ts';
import { Bar } from '../../parts/bar.tsx';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { recipeWords } from './recipe-words.ts';

export function PipelinePanel({ pipeline, hideButton }: { pipeline: Pipeline; hideButton: boolean }) {
  const { name, source, renditions, lastRun } = pipeline;
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () => answer(pixmill.POST('/api/v1/runs', { body: { pipeline: name } })),
    onSuccess: (run) => applyRun(client, run),
  });
  const cancel = useMutation({
    mutationFn: (id: number) => answer(pixmill.POST('/api/v1/runs/{id}/cancel', { params: { path: { id } } })),
    onSuccess: (run) => applyRun(client, run),
  });
  const running = lastRun?.state === 'running' ? lastRun : undefined;
  const fault = start.error ?? cancel.error;
  const trouble = troubleWords(lastRun);
  const list = renditionsWords(renditions);

  return (
    <li className="relative flex min-w-0 items-center gap-4 overflow-hidden rounded-xl border border-line bg-surface py-3 ps-4 pe-3">
      <div className="min-w-0 grow">
        <h2 className="flex flex-wrap items-baseline gap-x-2.5">
          <bdi className="truncate font-semibold">{name}</bdi>
          <span className="numbers truncate text-sm text-soft">{running ? runWords(running) : standingWords(pipeline)}</span>
        </h2>
        <p className="mt-0.5 line-clamp-2 text-sm text-soft">
          <bdi>
            {source.bucket}/{source.prefix}
          </bdi>
          <Icon name="right" className="mx-1 inline size-3 rtl:rotate-180" />
          <span title={list}>{list}</span>
        </p>
        {(fault || trouble) && (
          <p role="alert" className="mt-1 text-sm text-bad">
            {fault ? inWords(fault) : trouble}
          </p>
        )}
      </div>
      {!hideButton &&
        (running ? (
          <Button
            icon="stop"
            busy={cancel.isPending}
            onClick={() => cancel.mutate(running.id)}
            aria-label={`Stop the run of ${name}`}
          >
            Stop
          </Button>
        ) : (
          <Button icon="play" busy={start.isPending} onClick={() => start.mutate()} aria-label={`Run job ${name}`}>
            Run job
          </Button>
        ))}
      {running && (
        <Bar
          label={`Run of ${name}`}
          value={running.listed && running.queued > 0 ? (running.done + running.failed) / running.queued : undefined}
          className="absolute inset-x-0 bottom-0 h-0.5 rounded-none"
        />
      )}
    </li>
  );
}

function runWords({ scanned, queued, done, failed }: Run): string {
  const parts = [
    `${scanned.toLocaleString()} looked at`,
    `${(done + failed).toLocaleString()} of ${queued.toLocaleString()} remade`,
  ];
  if (failed > 0) parts.push(`${failed.toLocaleString()} failed`);
  return parts.join(', ');
}

/** Why the last run failed, or why the one under way does not get on. */
function troubleWords(run: Run | null): string | undefined {
  if (!run || run.error === null) return undefined;
  if (run.state === 'failed') return `The last run failed: ${run.error}`;
  return run.state === 'running' ? `It is tried again: ${run.error}` : undefined;
}

function standingWords({ counts }: Pipeline): string {
  const all = counts.pending + counts.done + counts.failed + counts.delivered;
  const parts = [count(all, 'picture')];
  if (counts.pending > 0) parts.push(`${counts.pending.toLocaleString()} waiting`);
  if (counts.failed > 0) parts.push(`${counts.failed.toLocaleString()} failed`);
  return parts.join(', ');
}

/** `thumbnails: fit inside 256 × 256, WebP`; several to one bucket name it once. */
function renditionsWords(renditions: Pipeline['renditions']): string {
  const byBucket = Map.groupBy(renditions, ({ bucket }) => bucket);
  return [...byBucket]
    .map(([bucket, those]) => `${bucket}: ${those.map(({ recipe }) => recipeWords(recipe)).join('; ')}`)
    .join('; ');
}
