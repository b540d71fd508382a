// What the default recipe asks of a picture, and nothing else.
import sharp from 'sharp';
import type { Photo } from './photos.ts';

sharp.concurrency(1);
sharp.cache(false);

export async function bareRender({ bytes }: Photo): Promise<void> {
  await sharp(bytes, { failOn: 'error' })
    .autoOrient()
    .resize(256, 256, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80, effort: 2 })
    .toBuffer();
}
