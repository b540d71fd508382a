// Takes the colour out.
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** Luminance as 256 shades; transparency stays. */
export const grayscale: Step = async (canvas, recipe) => {
  if (!recipe.grayscale) return;
  await canvas.add(PLACE.grayscale, (image) => image.grayscale());
  // Within the same pass the library would bring the colours of these back to gray.
  if (recipe.modulate || recipe.tint) await canvas.pixels();
};
