// Pipelines as declared and as they stand, as the API shows them.
import { z } from 'zod';
import { ORIGINAL_STATES } from './picture.ts';
import { run } from './run.ts';

export const stateCounts = z
  .object(
    Object.fromEntries(ORIGINAL_STATES.map((state) => [state, z.int()])) as Record<(typeof ORIGINAL_STATES)[number], z.ZodInt>,
  )
  .meta({ id: 'StateCounts' });

export const pipeline = z
  .object({
    name: z.string(),
    source: z.object({ bucket: z.string(), prefix: z.string() }),
    renditions: z.array(
      z.object({
        name: z.string(),
        bucket: z.string(),
        key: z.string().describe('Template'),
        recipe: z
          .record(z.string(), z.unknown())
          .describe('The recipe with every default filled in; `{copy: true}` passes the file on as it is'),
        fingerprint: z.string(),
      }),
    ),
    original: z.enum(['keep', 'delete']),
    onSourceDelete: z.enum(['delete', 'keep']),
    sweep: z.string().nullable().describe('Cron expression in UTC'),
    counts: stateCounts,
    lastRun: run.nullable(),
  })
  .meta({ id: 'Pipeline' });

export type PipelineView = z.output<typeof pipeline>;

export const pipelineList = z.object({ items: z.array(pipeline) }).meta({ id: 'PipelineList' });
