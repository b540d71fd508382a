// Gives the picture one colour.
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** Keeps the luminance of each pixel and takes its colour from the tint; transparency stays. */
export const tint: Step = async (canvas, { tint: colour }) => {
  if (colour) await canvas.add(PLACE.tint, (image) => image.tint(colour));
};
