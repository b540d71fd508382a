// Sharpens.
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** An unsharp mask on the lightness alone, so that edges get no coloured seams. */
export const sharpen: Step = async (canvas, { sharpen: wanted }) => {
  if (!wanted) return;
  const { sigma, flat, jagged } = wanted;
  await canvas.add(PLACE.sharpen, (image) => image.sharpen({ sigma, m1: flat, m2: jagged }));
};
