// Figures of the whole, as the API shows them.
import { z } from 'zod';
import { FAILURE_CLASSES } from '../../domain/fault.ts';
import { stateCounts } from './pipeline.ts';

export const stats = z
  .object({
    queue: z.object({ waiting: z.int(), active: z.int() }).describe('Jobs'),
    objects: stateCounts,
    renditions: z.int(),
    failures: z.partialRecord(z.enum(FAILURE_CLASSES), z.int()).describe('By class; a class without failures is left out'),
    bytes: z.object({ in: z.int(), out: z.int() }).describe('Of the originals and of the renditions on the ledger'),
    rate: z.object({ lastMinute: z.int(), lastHour: z.int() }).describe('Renditions recorded'),
    latency: z
      .object({ p50: z.number(), p95: z.number() })
      .nullable()
      .describe('Milliseconds from the first word of a picture to its record, over the last hour'),
  })
  .meta({ id: 'Stats' });

export type Stats = z.output<typeof stats>;
