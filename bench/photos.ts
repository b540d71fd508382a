// The pictures that are measured: real photographs where a folder of them is found, else large ones made here.
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import sharp from 'sharp';

export interface Photo {
  name: string;
  bytes: Buffer;
}

/** @returns the photographs, and what to call them in a report */
export async function loadPhotos(): Promise<{ photos: Photo[]; what: string }> {
  const corpus = process.env.PIXMILL_CORPUS ?? resolve(import.meta.dirname, '../../shared/corpus');
  const folder = join(corpus, 'photos');
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) {
    const photos = await Promise.all(Array.from({ length: 12 }, (_, index) => makePhoto(index)));
    return { photos, what: `${photos.length} made pictures of 12 MP` };
  }
  const photos = await Promise.all(names.sort().map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  return { photos, what: `${photos.length} photographs, ${Math.round(average(photos) / 1000)} KB on average` };
}

function average(photos: Photo[]): number {
  return photos.reduce((sum, { bytes }) => sum + bytes.length, 0) / photos.length;
}

/** Blurred noise: it compresses about as a photograph does. */
async function makePhoto(index: number): Promise<Photo> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
  const bytes = await sharp({ create: { width: 1000, height: 750, channels: 3, background: '#000', noise } })
    .resize(4000, 3000, { kernel: 'cubic' })
    .jpeg({ quality: 88 })
    .toBuffer();
  return { name: `made-${index}.jpg`, bytes };
}
