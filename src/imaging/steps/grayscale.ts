// Takes the colour out.
import { openPixels, type Pixels, PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** Luminance, weighed in linear light, as 256 shades; transparency stays. */
export const grayscale: Step = async (canvas, recipe) => {
  if (!recipe.grayscale) return;
  if (canvas.transparent) {
    canvas.replace(await grayBesideAlpha(await canvas.pixels()));
    return;
  }
  await canvas.add(PLACE.grayscale, (image) => image.grayscale());
  // Within the same pass the library would bring the colours of these back to gray.
  if (recipe.modulate || recipe.tint) await canvas.pixels();
};

/** The library gives gray pixels without their transparency, so it is taken from the pixels before. */
async function grayBesideAlpha(pixels: Pixels): Promise<Pixels> {
  const gray = await openPixels(pixels).grayscale().raw().toBuffer();
  const step = gray.length / (pixels.width * pixels.height);
  const data = Buffer.from(pixels.data);
  for (let pixel = 0; pixel * step < gray.length; pixel += 1) {
    data.fill(gray[pixel * step] ?? 0, pixel * pixels.channels, pixel * pixels.channels + 3);
  }
  return { ...pixels, data };
}
