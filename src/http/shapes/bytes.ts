// Bodies that are bytes rather than JSON.
import { z } from 'zod';

const binary = z
  .custom<Buffer | NodeJS.ReadableStream>((value) => typeof value === 'object' && value !== null)
  .meta({ type: 'string', format: 'binary' });

/** An answer of image bytes. */
export function bytes(description: string) {
  return { description, content: { 'image/*': { schema: binary }, 'application/octet-stream': { schema: binary } } };
}

/** A request body of image bytes, already read. */
export const imageBody = z
  .custom<Buffer>((value) => Buffer.isBuffer(value) && value.length > 0, 'must be the bytes of a picture')
  .meta({ type: 'string', format: 'binary' });
