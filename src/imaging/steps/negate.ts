// Makes the negative.
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** Each colour becomes its complement; transparency stays. */
export const negate: Step = async (canvas, recipe) => {
  if (recipe.negate) await canvas.add(PLACE.negate, (image) => image.negate({ alpha: false }));
};
