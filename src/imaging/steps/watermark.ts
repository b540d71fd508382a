// Lays a mark over the picture, once or as a pattern.
import sharp from 'sharp';
import { Fault } from '../../domain/fault.ts';
import type { Watermark } from '../../domain/recipe.ts';
import { type Pixels, PLACE, readPixels } from '../canvas.ts';
import type { Size } from '../geometry.ts';
import { place } from '../gravity.ts';
import type { Step } from './step.ts';

/** The mark is `scale` of the result's width, or as much less as it takes to fit with its margin. */
export const watermark: Step = async (canvas, { watermark: wanted }, { marks }) => {
  if (!wanted || wanted.opacity === 0) return;
  const bytes = marks.get(wanted.sha256);
  if (!bytes) throw new Fault('internal', `watermark ${wanted.sha256} was not handed over with the configuration`);

  // Only now is it certain whether the picture has transparency of its own, which the library adds for an overlay.
  const { channels } = await canvas.pixels();
  const { width, height } = canvas;
  const margin = Math.min(wanted.margin, Math.floor((Math.min(width, height) - 1) / 2));
  const mark = await prepareMark(bytes, wanted, { width: width - 2 * margin, height: height - 2 * margin }, width);
  const raw = { width: mark.width, height: mark.height, channels: mark.channels };
  if (wanted.tile) {
    const cell = await withGap(mark, margin, { width, height });
    await canvas.add(PLACE.overlay, (image) =>
      image.composite([
        { input: cell.data, raw: { ...raw, width: cell.width, height: cell.height }, tile: true, gravity: wanted.gravity },
      ]),
    );
  } else {
    const field = { width: width - 2 * margin, height: height - 2 * margin };
    const { left, top } = place(mark, field, wanted.gravity);
    await canvas.add(PLACE.overlay, (image) =>
      image.composite([{ input: mark.data, raw, left: left + margin, top: top + margin }]),
    );
  }
  if (channels === 3) await canvas.add(PLACE.alpha, (image) => image.removeAlpha());
};

/** Scales the mark to its place and thins it to its opacity. */
async function prepareMark(bytes: Buffer, wanted: Watermark, room: Size, pictureWidth: number): Promise<Pixels> {
  const width = Math.max(1, Math.min(room.width, Math.round(pictureWidth * wanted.scale)));
  const mark = await readPixels(
    sharp(bytes, { autoOrient: true, failOn: 'error' })
      .resize(width, room.height, { fit: 'inside' })
      .toColourspace('srgb')
      .ensureAlpha(),
  );
  for (let at = 3; at < mark.data.length; at += 4) mark.data[at] = Math.round((mark.data[at] ?? 0) * wanted.opacity);
  return mark;
}

/** In a pattern the margin is the gap between the marks. The cell may not be larger than the picture. */
async function withGap(mark: Pixels, margin: number, picture: Size): Promise<Pixels> {
  const right = Math.min(margin, picture.width - mark.width);
  const bottom = Math.min(margin, picture.height - mark.height);
  if (right === 0 && bottom === 0) return mark;
  const { data, ...raw } = mark;
  return readPixels(sharp(data, { raw }).extend({ right, bottom, background: { r: 0, g: 0, b: 0, alpha: 0 } }));
}
