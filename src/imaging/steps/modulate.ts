// Changes brightness, saturation, hue and lightness.
import { PLACE } from '../canvas.ts';
import type { Step } from './step.ts';

/** In the LCh colour space. Hue is brought to whole degrees within 0–359, which is what the library takes. */
export const modulate: Step = async (canvas, { modulate: wanted }) => {
  if (!wanted) return;
  const { brightness = 1, saturation = 1, hue = 0, lightness = 0 } = wanted;
  const degrees = ((Math.round(hue) % 360) + 360) % 360;
  if (brightness === 1 && saturation === 1 && degrees === 0 && lightness === 0) return;
  await canvas.add(PLACE.modulate, (image) => image.modulate({ brightness, saturation, hue: degrees, lightness }));
};
