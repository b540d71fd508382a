// Failures (dead letters), as the API shows them.
import { z } from 'zod';
import { FAILURE_CLASSES } from '../../domain/fault.ts';
import { id, pageOf, words } from './common.ts';
import { objectFailure } from './picture.ts';

export const failure = z
  .object({ ...objectFailure.shape, objectId: id, bucket: z.string(), key: z.string() })
  .meta({ id: 'Failure' });

export const failurePage = pageOf(failure).meta({ id: 'FailurePage' });

export const failureClass = z.enum(FAILURE_CLASSES);

/** Which failures to start again. */
export const redrive = z
  .strictObject({
    ids: z.array(id).min(1).max(1000).optional(),
    class: failureClass.optional(),
    pipeline: words.optional(),
    all: z.literal(true).optional(),
  })
  .refine((which) => Object.values(which).some((value) => value !== undefined), 'say which: ids, class, pipeline, or all')
  .refine(
    ({ ids, class: kind, pipeline, all }) => all === undefined || (ids ?? kind ?? pipeline) === undefined,
    'all stands alone: leave out the rest, or leave out all',
  )
  .meta({ id: 'Redrive' });

export const redriven = z.object({ redriven: z.int().describe('Failures that were taken away to be tried again') });
