// Parts that messages of all formats are made of, checked as they come in, with faults that name the field.
import { z } from 'zod';
import { Fault } from '../../domain/fault.ts';
import { MAX_KEY_BYTES } from '../../domain/key-template.ts';
import type { Message, ObjectNotice } from '../message.ts';

/** A JSON object of which nothing is known yet. */
export type Body = Record<string, unknown>;

/** How a format reads what it carries inside: text or a value, found in the named field. */
export type Inner = (content: unknown, field: string) => Message[];

/** One wire format: how it is told from the others, and how it is read. */
export interface Format {
  recognises(body: Body): boolean;
  read(body: Body, inner: Inner): Message[];
}

/** Text that PostgreSQL and S3 can hold. */
const text = z
  .string()
  .min(1, 'is empty')
  .refine((value) => !value.includes('\0'), 'holds a NUL character')
  .refine((value) => value.isWellFormed(), 'holds half a character');

/** Names of buckets are not held to S3's rule: old buckets, tenants and other stores have others. */
export const bucketName = text
  .max(255, 'is longer than 255 characters')
  .refine((value) => !value.includes('/'), 'holds a slash, as no bucket does');

/** A key as it is, nothing encoded. */
export const objectKey = text.refine((key) => Buffer.byteLength(key) <= MAX_KEY_BYTES, `is longer than ${MAX_KEY_BYTES} bytes`);

/** Any name that a sender gives: of a type, of a topic, of the message itself. */
export const label = text.max(1024, 'is longer than 1024 characters');

/** What is only kept for history loses no event where it is wrong. Some stores send sizes as text. */
export const size = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,16}$/)
      .transform(Number),
  ])
  .pipe(z.int().nonnegative())
  .optional()
  .catch(undefined);

/** As above; without quotes. */
export const etag = text
  .max(200)
  .transform((value) => value.replace(/^"(.*)"$/, '$1'))
  .pipe(z.string().min(1))
  .optional()
  .catch(undefined);

/** As above: the name of the message. */
export const sentId = label.optional().catch(undefined);

/**
 * Checks a part of a message.
 * @param field where in the message it stands; empty for the whole
 * @throws Fault `invalid` that names the first field that is wrong
 */
export function readShape<Shape extends z.ZodType>(shape: Shape, value: unknown, field = ''): z.output<Shape> {
  const parsed = shape.safeParse(value, { error: complain });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(joinPath(field, issue?.path ?? []), issue?.message ?? 'is wrong');
}

/** `complaint` goes on behind the field: "is missing". */
export function invalid(field: string, complaint: string): Fault {
  return new Fault('invalid', `${field || 'the message'} ${complaint}`, { mend: 'docs/events.md says what is understood' });
}

/** What a message is called by its sender, where that is known. */
export function named(id: string | undefined): { id?: string } {
  return id === undefined ? {} : { id };
}

/** Puts a notice together of what is known, and of nothing else. */
export function notice(
  kind: ObjectNotice['kind'],
  bucket: string,
  key: string,
  known: { etag?: string | undefined; size?: number | undefined } = {},
): ObjectNotice {
  const { etag, size } = known;
  return { bucket, key, kind, ...(etag !== undefined && { etag }), ...(size !== undefined && { size }) };
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For faults: as much of it as fits on a line. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

function complain(issue: { code?: string | undefined; input?: unknown; expected?: unknown }): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined ? 'is missing' : `must be of type ${issue.expected}`;
}

function joinPath(field: string, path: PropertyKey[]): string {
  return path.reduce<string>(
    (joined, part) => (typeof part === 'number' ? `${joined}[${part}]` : joined ? `${joined}.${String(part)}` : String(part)),
    field,
  );
}
