// Originals and what was made of them, as the API shows them.
import { z } from 'zod';
import { FAILURE_CLASSES } from '../../domain/fault.ts';
import { id, pageOf, time } from './common.ts';

export const ORIGINAL_STATES = ['pending', 'done', 'failed', 'delivered', 'gone'] as const;

export const originalState = z
  .enum(ORIGINAL_STATES)
  .describe(
    'pending: not looked at yet; done: every rendition is there; failed: at least one was given up; ' +
      'delivered: deleted as its pipeline says, after everything was made of it; gone: deleted by somebody',
  );

export const rendition = z
  .object({
    id,
    pipeline: z.string(),
    name: z.string(),
    bucket: z.string(),
    key: z.string(),
    etag: z.string(),
    sha256: z.string(),
    size: z.int().describe('Bytes'),
    format: z.string().describe('As its bytes say; `copy` for a copy of a file that is no picture that is known'),
    width: z.int().nullable().describe('Pixels; null for a copy, which nobody has decoded'),
    height: z.int().nullable(),
    decodeMs: z.int().describe('Milliseconds of the decode, which all renditions of a picture share'),
    renderMs: z.int().describe('Milliseconds of this rendition after the decode, or of the copy'),
    totalMs: z.int().describe('Milliseconds from the first word of the picture to its record'),
    engine: z.string().describe('Names and versions of what rendered it; `copy` for a copy'),
    fingerprint: z.string().describe('Identity of the recipe'),
    madeAt: time,
  })
  .meta({ id: 'Rendition' });

export const objectFailure = z
  .object({
    id,
    pipeline: z.string(),
    rendition: z.string(),
    class: z.enum(FAILURE_CLASSES),
    reason: z.string(),
    mend: z.string().nullable(),
    attempts: z.int(),
    failedAt: time,
  })
  .meta({ id: 'ObjectFailure' });

export const storedObject = z
  .object({
    id,
    bucket: z.string(),
    key: z.string(),
    etag: z.string().nullable(),
    size: z.int().nullable().describe('Bytes'),
    format: z.string().nullable().describe('As its bytes say; unknown until it was looked at'),
    width: z.int().nullable(),
    height: z.int().nullable(),
    sha256: z.string().nullable(),
    state: originalState,
    modifiedAt: time,
    renditions: z.array(rendition),
    failures: z.array(objectFailure),
    expected: z
      .array(z.object({ pipeline: z.string(), rendition: z.string() }))
      .describe('Every rendition that its pipelines declare, there or not'),
  })
  .meta({ id: 'StoredObject' });

export type StoredObject = z.output<typeof storedObject>;

export const objectPage = pageOf(storedObject).meta({ id: 'ObjectPage' });
