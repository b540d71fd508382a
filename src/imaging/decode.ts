// From a file's bytes to pixels: one still picture at a base size, or the frames of an animation one by one.
import sharp, { type Sharp } from 'sharp';
import { Canvas, type Pixels, readPixels } from './canvas.ts';
import type { Size } from './geometry.ts';
import { corrupt, type Probe } from './probe.ts';
import { orientFrame } from './steps/orient.ts';

/** Pixels of the frames that are decoded at once: 64 MB. Fewer would make a GIF, which is read from its start, slow. */
const CHUNK_PIXELS = 16_000_000;

/**
 * The first frame, upright, in sRGB, scaled to the size. Decoders that can (JPEG, WebP) decode a smaller picture from the
 * start. Faults: `corrupt`, `unsupported`, `too_large`.
 */
export async function decodeStill(input: Buffer, probe: Probe, size: Size): Promise<Pixels> {
  try {
    return await readPixels(stillImage(input, probe, size));
  } catch (error) {
    throw corrupt(error);
  }
}

/**
 * The same picture not yet decoded, so that the steps and the encoder take its pixels as they come, without holding all of
 * them. Only for a plain picture (see `Probe`), for which the outcome is the same to the last bit: anything else would make
 * the bytes of an output depend on how many are wanted at once.
 */
export function decodePlain(input: Buffer, probe: Probe, size: Size): Canvas {
  return new Canvas({ decode: stillImage(input, probe, size), ...size });
}

/** All frames in order, upright, full size. Faults as `decodeStill`. */
export async function* decodeFrames(input: Buffer, probe: Probe): AsyncGenerator<Canvas> {
  const atOnce = Math.max(1, Math.floor(CHUNK_PIXELS / (probe.width * probe.height)));
  for (let page = 0; page < probe.frames; page += atOnce) {
    const pages = Math.min(atOnce, probe.frames - page);
    const roll = await decodeRoll(input, probe, page, pages);
    const height = roll.height / pages;
    const bytes = roll.width * height * roll.channels;
    for (let frame = 0; frame < pages; frame += 1) {
      const data = roll.data.subarray(frame * bytes, (frame + 1) * bytes);
      const canvas = new Canvas({ ...roll, data, height });
      await orientFrame(canvas, probe.orientation);
      yield canvas;
    }
  }
}

/** Some frames, one below the other, as they lie in the file. */
async function decodeRoll(input: Buffer, probe: Probe, page: number, pages: number): Promise<Pixels> {
  const limitInputPixels = probe.width * probe.height * pages;
  try {
    return await readPixels(sharp(input, { failOn: 'error', limitInputPixels, page, pages }));
  } catch (error) {
    throw corrupt(error);
  }
}

function stillImage(input: Buffer, probe: Probe, size: Size): Sharp {
  const limitInputPixels = probe.width * probe.height;
  const image = sharp(input, { failOn: 'error', limitInputPixels, autoOrient: probe.orientation !== 1 });
  // The library brings 16-bit pictures with a profile to P3, and would leave them there without being told the output's.
  if (probe.deepWithProfile) image.withIccProfile('srgb', { attach: false });
  if (size.width === probe.width && size.height === probe.height) return image;
  return image.resize(size.width, size.height, { fit: 'fill' });
}
