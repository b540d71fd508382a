// Cuts a rectangle out of the upright picture.
import { Fault } from '../../domain/fault.ts';
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** The part of the rectangle that lies within the picture; none at all is `unsupported`. */
export const crop: Step = async (canvas, recipe) => {
  if (!recipe.crop) return;
  const { left, top } = recipe.crop;
  const { width, height } = canvas;
  if (left >= width || top >= height) {
    throw new Fault('unsupported', `the picture is ${width} × ${height}, and the crop begins at ${left}, ${top}`, {
      mend: 'choose a crop that lies within the pictures of this pipeline',
    });
  }
  const size = { width: Math.min(recipe.crop.width, width - left), height: Math.min(recipe.crop.height, height - top) };
  if (size.width === width && size.height === height) return;
  await canvas.add(PLACE.crop, (image) => image.extract({ left, top, ...size }), size);
};
