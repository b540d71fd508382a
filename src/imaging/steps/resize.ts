// Scales, and then cuts to the target (`cover`) or puts a border around (`contain`).
import { Fault } from '../../domain/fault.ts';
import type { CropGravity, Gravity, Recipe } from '../../domain/recipe.ts';
import { type Canvas, isTranslucent, openPixels, PLACE } from '../canvas.ts';
import { resizedSize, type Size, scaledSize } from '../geometry.ts';
import { place } from '../gravity.ts';
import type { Scene } from './step.ts';

/** @param picture the size before any shrinking decode, which decides the result's size */
export async function resize(canvas: Canvas, recipe: Recipe, scene: Scene, picture: Size): Promise<void> {
  if (!recipe.resize) return;
  const scaled = scaledSize(picture, recipe.resize);
  const result = resizedSize(picture, recipe.resize);
  const { gravity } = recipe.resize;
  refuseBeyond(scene.maxPixels, gravity === 'attention' || gravity === 'entropy' ? scaled : result);

  if (scaled.width !== canvas.width || scaled.height !== canvas.height) {
    await canvas.add(PLACE.scale, (image) => image.resize(scaled.width, scaled.height, { fit: 'fill' }), scaled);
  }
  if (result.width < scaled.width || result.height < scaled.height) await cut(canvas, result, gravity, scene);
  else if (result.width > scaled.width || result.height > scaled.height) await border(canvas, result, gravity, recipe.background);
}

/** `cover`: the part of the scaled picture that the gravity names, or that the library finds. */
async function cut(canvas: Canvas, result: Size, gravity: CropGravity, scene: Scene): Promise<void> {
  if (gravity !== 'attention' && gravity !== 'entropy') {
    const corner = place(result, canvas, gravity);
    await canvas.add(PLACE.cut, (image) => image.extract({ ...corner, ...result }), result);
    return;
  }
  if (!scene.cut) {
    const pixels = await canvas.pixels();
    const found = await openPixels(pixels)
      .resize(result.width, result.height, { fit: 'cover', position: gravity })
      .raw()
      .toBuffer({ resolveWithObject: true });
    // The library tells how far it moved the picture, to the left and up: negative numbers.
    scene.cut = { left: Math.abs(found.info.cropOffsetLeft ?? 0), top: Math.abs(found.info.cropOffsetTop ?? 0) };
    canvas.replace({ data: found.data, ...result, channels: pixels.channels });
    return;
  }
  const corner = scene.cut;
  await canvas.add(PLACE.cut, (image) => image.extract({ ...corner, ...result }), result);
}

/** `contain`: the scaled picture on a field of the background. */
async function border(canvas: Canvas, result: Size, gravity: CropGravity, background: string): Promise<void> {
  const compass: Gravity = gravity === 'attention' || gravity === 'entropy' ? 'center' : gravity;
  const { left, top } = place(canvas, result, compass);
  const right = result.width - canvas.width - left;
  const bottom = result.height - canvas.height - top;
  await canvas.add(PLACE.border, (image) => image.extend({ left, top, right, bottom, background }), result);
  canvas.transparent ||= isTranslucent(background);
}

function refuseBeyond(maxPixels: number, { width, height }: Size): void {
  if (width * height <= maxPixels) return;
  throw new Fault('too_large', `the result would be ${width} × ${height}, more than ${maxPixels} pixels`, {
    mend: 'give the resize both a width and a height, leave out "enlarge", or raise limits.pixels',
  });
}
