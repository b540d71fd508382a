// Runs over a whole source, as the API shows them.
import { z } from 'zod';
import { id, pageOf, time } from './common.ts';

export const run = z
  .object({
    id,
    pipeline: z.string(),
    trigger: z.string().describe('Who started it'),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    scanned: z.int().describe('Objects listed so far'),
    changed: z.int().describe('Objects that differ from what the ledger says, or are gone'),
    queued: z.int().describe('Jobs that the run added: those of changed objects that none was waiting for already'),
    done: z.int().describe('Jobs that ended well'),
    failed: z.int().describe('Jobs that ended in a failure'),
    listed: z.boolean().describe('The whole source was listed; what remains are the jobs'),
    error: z.string().nullable().describe('Why it failed; while it runs, why it does not get on'),
    startedAt: time,
    updatedAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Run' });

export type Run = z.output<typeof run>;

export const runPage = pageOf(run).meta({ id: 'RunPage' });

export type RunPage = z.output<typeof runPage>;
