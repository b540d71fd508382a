// GET pipelines: what is declared, and how it stands.
import type { Pipeline } from '../../domain/pipeline.ts';
import { countOriginals } from '../../ledger/originals.ts';
import { type KnownRun, lastRuns } from '../../ledger/runs.ts';
import type { Api } from '../api.ts';
import { memo } from '../memo.ts';
import { presentRun } from '../present.ts';
import type { HttpServices } from '../services.ts';
import { type PipelineView, pipelineList } from '../shapes/pipeline.ts';

/** Counting a million originals takes a while, so everybody who asks within so many milliseconds shares the answer. */
const COUNTS_MS = 2000;

export function pipelineRoutes(app: Api, { db, config }: HttpServices): void {
  const readCounts = memo(COUNTS_MS, () => Promise.all(config.pipelines.map((pipeline) => countOriginals(db, pipeline))));

  app.get(
    '/pipelines',
    { schema: { tags: ['pipelines'], summary: 'Every pipeline, with counts of its originals', response: { 200: pipelineList } } },
    async () => {
      const [counts, runs] = await Promise.all([readCounts(), lastRuns(db)]);
      return {
        items: config.pipelines.map((pipeline, index) =>
          present(pipeline, counts[index] as PipelineView['counts'], runs.get(pipeline.name)),
        ),
      };
    },
  );
}

function present(pipeline: Pipeline, counts: PipelineView['counts'], lastRun: KnownRun | undefined): PipelineView {
  const { name, source, renditions, original, onSourceDelete, sweep } = pipeline;
  return {
    name,
    source: { bucket: source.bucket, prefix: source.prefix },
    renditions: renditions.map(({ name, recipe, fingerprint, to }) => ({ name, ...to, recipe: { ...recipe }, fingerprint })),
    original,
    onSourceDelete,
    sweep: sweep ?? null,
    counts,
    lastRun: lastRun ? presentRun(lastRun) : null,
  };
}
