// Turns the picture clockwise by any angle.
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** A multiple of 90° moves pixels; any other angle resamples, and the background fills the corners laid open. */
export const rotate: Step = async (canvas, recipe) => {
  const angle = (((recipe.rotate ?? 0) % 360) + 360) % 360;
  if (angle === 0) return;
  const { width, height } = canvas;
  if (angle % 90 === 0) {
    await canvas.add(
      PLACE.turn,
      (image) => image.rotate(angle),
      angle === 180 ? { width, height } : { width: height, height: width },
    );
    return;
  }
  await canvas.add(PLACE.spin, (image) => image.rotate(angle, { background: recipe.background }));
  // The library rounds the size of the turned picture: it has to be asked for.
  await canvas.pixels();
};
