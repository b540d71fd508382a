// Parts that several resources of the API are made of.
import { z } from 'zod';
import { MAX_KEY_BYTES } from '../../domain/key-template.ts';

/** An identifier on the ledger. */
export const id = z.int().positive().describe('Identifier on the ledger');

/** As above, in a path or a query, where everything is text. */
export const idInPath = z.object({ id: z.coerce.number().int().positive() });

export const time = z.iso.datetime().describe('ISO 8601, in UTC');

/** As above, in a question, with any offset from UTC. */
export const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** Text that PostgreSQL and S3 can hold. */
const text = z.string().refine((value) => !value.includes('\0'), 'must not hold a NUL character');

export const bucketName = text.min(1).max(255);

export const objectKey = text
  .min(1)
  .refine((key) => Buffer.byteLength(key) <= MAX_KEY_BYTES, `is longer than ${MAX_KEY_BYTES} bytes`);

/** Words to look for, or the name of something. */
export const words = text.min(1).max(200);

export const cursor = z.string().min(1).max(200).describe('`next` of the page before');

export const limit = z.coerce.number().int().min(1).max(200).default(50).describe('Items on a page');

/** One page of a list; `next` is the cursor of the page that follows. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
