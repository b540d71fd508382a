// Blurs.
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** A Gaussian whose standard deviation is in pixels of the result. */
export const blur: Step = async (canvas, { blur: sigma }) => {
  if (sigma) await canvas.add(PLACE.blur, (image) => image.blur(sigma));
};
