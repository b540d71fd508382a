// What every error looks like: a problem document after RFC 9457.
import { z } from 'zod';

export const problem = z
  .object({
    type: z.string().describe('`urn:pixmill:` and the code'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('What kind of fault it is, for programs'),
    detail: z.string().describe('What was wrong, naming the culprit'),
    mend: z.string().optional().describe('What to do about it'),
    faults: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('Each field of the request that was wrong'),
    request: z.string().optional().describe('Stands in the log line that holds the cause'),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problem>;
