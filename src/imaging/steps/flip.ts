// Mirrors the picture.
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** `horizontal` changes left and right, `vertical` top and bottom. */
export const flip: Step = async (canvas, { flip: direction }) => {
  if (!direction) return;
  await canvas.add(PLACE.mirror, (image) => image.flop(direction !== 'vertical').flip(direction !== 'horizontal'));
};
