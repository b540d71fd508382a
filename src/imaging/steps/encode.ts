// Writes the result in its format.
import type { Sharp } from 'sharp';
import { Fault } from '../../domain/fault.ts';
import type { Format, Recipe } from '../../domain/recipe.ts';
import { type Canvas, PLACE } from '../canvas.ts';
import type { Size } from '../geometry.ts';

/** Longest side that each format can hold, in pixels. */
const LARGEST_SIDE: Record<Format, number> = {
  jpeg: 65_535,
  png: 100_000_000,
  webp: 16_383,
  avif: 16_384,
  gif: 65_535,
  tiff: 100_000_000,
};

/** Above this many pixels a JPEG's Huffman tables are the standard ones: less than half the time for 2 % more bytes. */
const OPTIMISED_JPEG_PIXELS = 500_000;

/** The defaults lie where the next step costs at least twice the time and saves less than a tenth of the bytes. */
const EFFORT = { png: 6, webp: 2, avif: 0, gif: 4 };

/** Sets the encoder. Without `quality` it is 80, and 50 for AVIF, whose scale is another one. */
export function encoder(image: Sharp, recipe: Recipe, format: Format, size: Size): Sharp {
  const { progressive, lossless, effort } = recipe;
  const quality = recipe.quality ?? (format === 'avif' ? 50 : 80);
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality, progressive, optimiseCoding: size.width * size.height <= OPTIMISED_JPEG_PIXELS });
    case 'png':
      return image.png({ progressive, compressionLevel: Math.min(9, effort ?? EFFORT.png) });
    case 'webp':
      return image.webp({ quality, lossless, effort: Math.min(6, effort ?? EFFORT.webp) });
    case 'avif':
      return image.avif({
        quality,
        lossless,
        effort: Math.min(9, effort ?? EFFORT.avif),
        chromaSubsampling: lossless ? '4:4:4' : '4:2:0',
      });
    case 'gif':
      return image.gif({ progressive, effort: Math.max(1, effort ?? EFFORT.gif) });
    case 'tiff':
      return recipe.quality === undefined
        ? image.tiff({ compression: 'deflate', predictor: 'horizontal' })
        : image.tiff({ compression: 'jpeg', quality });
  }
}

/** Puts the picture on its background where the format cannot be transparent: JPEG, and TIFF with JPEG inside. */
export async function layOnBackground(canvas: Canvas, recipe: Recipe, format: Format): Promise<void> {
  const opaque = format === 'jpeg' || (format === 'tiff' && recipe.quality !== undefined);
  if (!opaque || !canvas.transparent) return;
  const background = recipe.background.slice(0, '#rrggbb'.length);
  await canvas.add(PLACE.flatten, (image) => image.flatten({ background }));
  canvas.transparent = false;
}

/** Refuses what the format cannot hold, as `too_large`. */
export function refuseOversize(format: Format, { width, height }: Size): void {
  const largest = LARGEST_SIDE[format];
  if (width <= largest && height <= largest) return;
  throw new Fault('too_large', `the result is ${width} × ${height}, and ${format} holds at most ${largest} pixels a side`, {
    mend: 'add a resize to the recipe, or choose png',
  });
}
