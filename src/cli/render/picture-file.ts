// Pictures in files and on the standard streams.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Fault } from '../../domain/fault.ts';
import { FORMATS, type Format } from '../../domain/recipe.ts';
import { fileFault } from '../file-fault.ts';
import { printableName } from '../printable.ts';

/** Standard input or output instead of a file. */
export const STREAM = '-';

const OTHER_ENDINGS: Record<string, Format> = { jpg: 'jpeg', jpe: 'jpeg', tif: 'tiff' };

/** The format that a file's name speaks of. */
export function formatOf(file: string): Format | undefined {
  const ending = extname(file).slice(1).toLowerCase();
  return OTHER_ENDINGS[ending] ?? FORMATS.find((format) => format === ending);
}

/** Reads a picture whole. @param limit bytes it may have @throws Fault naming the file */
export async function readPicture(file: string, limit: number): Promise<Buffer> {
  if (file === STREAM) return readStream(limit);
  try {
    const { size } = await stat(file);
    if (size > limit) throw tooLarge(printableName(file), limit);
    return await readFile(file);
  } catch (error) {
    throw error instanceof Fault ? error : fileFault(file, 'read', error);
  }
}

async function readStream(limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge('standard input', limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Writes it whole or not at all: others see the old file or the new one. */
export async function writePicture(file: string, body: Buffer): Promise<void> {
  if (file === STREAM) {
    if (!process.stdout.write(body)) await once(process.stdout, 'drain');
    return;
  }
  try {
    const there = await stat(file).catch(() => undefined);
    // A pipe or a device is written to; putting a file in its place would remove it.
    if (there && !there.isFile()) await writeFile(file, body);
    else await replace(there ? await realpath(file) : file, body);
  } catch (error) {
    throw fileFault(file, 'written', error);
  }
}

async function replace(file: string, body: Buffer): Promise<void> {
  const temporary = join(dirname(file), `.${basename(file).slice(0, 100)}.${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(body);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function tooLarge(name: string, limit: number): Fault {
  return new Fault('too_large', `${name} is over the limit of ${limit} bytes`, {
    mend: 'make it smaller, or render by a PIPELINE/RENDITION of a configuration with a higher limits.bytes',
  });
}
