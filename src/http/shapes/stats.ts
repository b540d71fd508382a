// Figures of the whole, as the API shows them.
import { z } from 'zod';
import { FAILURE_CLASSES } from '../../domain/fault.ts';
import { DOORS } from '../../domain/object-hint.ts';
import { time } from './common.ts';
import { stateCounts } from './pipeline.ts';

export const stats = z
  .object({
    cron: z.int().describe('Timers that ended well'),
    cron_error: z.int().describe('Timers whose run failed, and those that were refused'),
    cos: z.int().describe('Events of objects in stores, ours or another, that ended well, also where nothing had to be done'),
    cos_error: z.int().describe('Those that ended in a failure, and messages that were refused'),
    since: time.nullable().describe('When the first event came; these counts go back to it, however long history is kept'),
    open: z.int().describe('Events about which nothing was done yet'),
    events: z
      .array(z.object({ door: z.enum(DOORS), ok: z.int(), error: z.int(), open: z.int() }))
      .describe('By where they came in and how they ended'),
    queue: z.object({ waiting: z.int(), active: z.int() }).describe('Jobs'),
    objects: stateCounts,
    renditions: z.int(),
    failures: z.partialRecord(z.enum(FAILURE_CLASSES), z.int()).describe('By class; a class without failures is left out'),
    bytes: z.object({ in: z.int(), out: z.int() }).describe('Of the originals and of the renditions on the ledger'),
    rate: z.object({ lastMinute: z.int(), lastHour: z.int() }).describe('Renditions recorded'),
    latency: z
      .object({ p50: z.number(), p95: z.number(), p99: z.number() })
      .nullable()
      .describe('Milliseconds from the first word of a picture to its record, over the last hour'),
  })
  .meta({ id: 'Stats' });

export type Stats = z.output<typeof stats>;
