// Files in every bucket they should be in, as the API shows them.
import { z } from 'zod';
import { id, pageOf, time } from './common.ts';
import { originalState } from './picture.ts';

/** What the store says of a place, and whether that is what it should say. */
const place = {
  present: z.boolean().describe('The store has it'),
  etag: z.string().nullable(),
  size: z.int().nullable().describe('Bytes'),
  modifiedAt: time.nullable(),
  missing: z.boolean().describe('It should be there and is not'),
  drift: z.boolean().describe('Store and ledger differ'),
};

const source = z
  .object({
    ...place,
    recorded: z
      .object({ state: originalState, etag: z.string().nullable(), size: z.int().nullable(), modifiedAt: time })
      .nullable()
      .describe('What the ledger says; null where it does not know the name'),
  })
  .meta({ id: 'FileSource' });

export const fileOutput = z
  .object({
    pipeline: z.string(),
    name: z.string(),
    declared: z.boolean().describe('False for a rendition that was made and is not declared any more'),
    bucket: z.string(),
    key: z.string().nullable().describe('Null where only its making will tell'),
    ...place,
    recorded: z.object({ etag: z.string(), size: z.int(), madeAt: time }).nullable(),
  })
  .meta({ id: 'FileOutput' });

export type FileOutput = z.output<typeof fileOutput>;

export const file = z
  .object({
    bucket: z.string(),
    key: z.string(),
    id: id.nullable().describe('Of the original on the ledger'),
    pipelines: z.array(z.string()).describe('Those that take it'),
    missing: z.boolean().describe('Something of it that should be there is not'),
    drift: z.boolean().describe('Somewhere store and ledger differ'),
    source,
    outputs: z.array(fileOutput).describe('Every rendition that is declared, and every one that is recorded'),
  })
  .meta({ id: 'File' });

export type ShownFile = z.output<typeof file>;

export const filePage = pageOf(file).meta({ id: 'FilePage' });
