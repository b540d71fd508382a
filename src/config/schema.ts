// What `pixmill.config.ts` may say.
import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import { MAX_KEY_BYTES, unknownPlaceholders } from '../domain/key-template.ts';
import { hooksSchema } from './hooks-schema.ts';
import { name } from './name.ts';
import { queuesSchema } from './queues-schema.ts';
import { makingSchema, range } from './recipe-schema.ts';

/** S3's rule for bucket names, as the stores enforce it (Ceph and old buckets also know underscores). */
const bucket = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/,
    'must be a bucket name: 3–63 of a–z, 0–9, ".", "-", "_", beginning and ending with a letter or digit',
  );

const globs = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const keyTemplate = z
  .string()
  .min(1)
  .refine((template) => Buffer.byteLength(template) <= MAX_KEY_BYTES, `is longer than ${MAX_KEY_BYTES} bytes`)
  .superRefine((template, context) => {
    for (const word of unknownPlaceholders(template)) {
      context.addIssue({
        code: 'custom',
        message: `{${word}} is no placeholder; there are {key} {dir} {name} {stem} {ext} {format}`,
      });
    }
    if (!/\{(key|name|stem)\}/.test(template)) {
      context.addIssue({ code: 'custom', message: 'gives every picture the same key: it needs {key}, {name} or {stem}' });
    }
  });

/** Read by what will evaluate it: the parser that the queue uses, with the same settings. */
const cron = z.string().superRefine((expression, context) => {
  const complain = (why: string) =>
    context.addIssue({
      code: 'custom',
      message: `"${expression}" ${why}; write five fields (minute, hour, day, month, weekday), such as "*/15 * * * *", or "@daily"`,
    });
  // It would take fewer fields as well, and a sixth for seconds, which nobody looks at.
  if (!/^@|^(\S+\s+){4}\S+$/.test(expression)) return complain('is no cron expression');
  try {
    CronExpressionParser.parse(expression, { tz: 'UTC' }).next();
  } catch (error) {
    complain(`is no cron expression: ${(error as Error).message}`);
  }
});

const renditionSchema = z
  .strictObject({
    recipe: makingSchema,
    to: z.strictObject({ bucket, key: keyTemplate }),
  })
  .refine(({ recipe, to }) => !recipe.copy || !to.key.includes('{format}'), {
    path: ['to', 'key'],
    message: 'has {format}, which nobody knows of a copy: take {ext}',
  });

const pipelineSchema = z.strictObject({
  source: z.strictObject({
    bucket,
    prefix: z.string().max(MAX_KEY_BYTES).default(''),
    match: globs.optional(),
    exclude: globs.optional(),
  }),
  renditions: z.record(name, renditionSchema).refine((all) => Object.keys(all).length > 0, 'needs at least one rendition'),
  original: z.enum(['keep', 'delete']).default('keep'),
  onSourceDelete: z.enum(['delete', 'keep']).default('delete'),
  sweep: cron.optional(),
});

const MB = 1_000_000;

const limitsSchema = z.strictObject({
  /** Bytes of a picture's file. */
  bytes: range(1, 2_000 * MB, 'whole').default(100 * MB),
  /** Pixels of one frame. */
  pixels: range(1, 1_000 * MB, 'whole').default(50 * MB),
  frames: range(1, 100_000, 'whole').default(1_000),
  /** Pixels of all frames that are decoded, together. */
  framePixels: range(1, 4_000 * MB, 'whole').default(200 * MB),
  /** Seconds that one picture may take. */
  seconds: range(1, 600).default(30),
});

const historySchema = z.strictObject({
  /** Days for which events, and what was done about them, are kept. */
  days: range(1, 3650, 'whole').default(30),
});

export const configSchema = z.strictObject({
  pipelines: z.record(name, pipelineSchema).refine((all) => Object.keys(all).length > 0, 'needs at least one pipeline'),
  limits: limitsSchema.prefault({}),
  hooks: hooksSchema.prefault({}),
  queues: queuesSchema.default({}),
  history: historySchema.prefault({}),
});

/** The configuration as people write it; `defineConfig` types it. */
export type ConfigInput = z.input<typeof configSchema>;
/** The configuration with its defaults. */
export type ParsedConfig = z.output<typeof configSchema>;
