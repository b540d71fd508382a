// Failures (dead letters), as the API shows them.
import { z } from 'zod';
import { FAILURE_CLASSES } from '../../domain/fault.ts';
import { bucketName, id, moment, objectKey, pageOf, words } from './common.ts';
import { objectFailure } from './picture.ts';

export const failure = z
  .object({ ...objectFailure.shape, objectId: id, bucket: z.string(), key: z.string() })
  .meta({ id: 'Failure' });

export const failurePage = pageOf(failure).meta({ id: 'FailurePage' });

/** Those for which all that is given holds. */
export const failureFilter = {
  class: z.enum(FAILURE_CLASSES).optional(),
  pipeline: words.optional(),
  bucket: bucketName.optional().describe('Of the original'),
  prefix: objectKey.optional().describe('What the key of the original begins with'),
  since: moment.optional().describe('Only what failed from then on'),
};

/** Which failures to start again. */
export const redrive = z
  .strictObject({ ids: z.array(id).min(1).max(1000).optional(), ...failureFilter, all: z.literal(true).optional() })
  .refine(
    (which) => Object.values(which).some((value) => value !== undefined),
    'say which: ids, class, pipeline, bucket, prefix, since, or all',
  )
  .refine(
    ({ all, ...filter }) => all === undefined || Object.values(filter).every((value) => value === undefined),
    'all stands alone: leave out the rest, or leave out all',
  )
  .meta({ id: 'Redrive' });

export const redriven = z.object({ redriven: z.int().describe('Failures that were taken away to be tried again') });
