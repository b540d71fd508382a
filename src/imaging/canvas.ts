// The picture between the steps: raw sRGB pixels, and the operations that wait to be run on them.
import sharp, { type Sharp } from 'sharp';
import type { Size } from './geometry.ts';

/** 8-bit sRGB, row by row; four channels where there is transparency. */
export interface Pixels extends Size {
  data: Buffer;
  channels: 3 | 4;
}

/**
 * Where the library runs each operation within one pass over the pixels, whatever order they were asked for in. An operation
 * whose place is not behind the last one's begins another pass, and that is how the recipe's own order is kept.
 */
export const PLACE = {
  crop: 1,
  flatten: 2,
  grayscale: 3,
  scale: 4,
  mirror: 5,
  turn: 6,
  spin: 7,
  cut: 8,
  border: 9,
  blur: 10,
  modulate: 11,
  sharpen: 12,
  overlay: 13,
  tint: 14,
  alpha: 15,
  negate: 16,
} as const;

export class Canvas implements Size {
  width: number;
  height: number;
  /** False only where no pixel can be transparent. */
  transparent: boolean;
  /** The operations that wait, upon the pixels or upon a decode that has not been run. */
  #waiting: Sharp | undefined;
  #lastPlace = 0;
  #pixels: Pixels | undefined;

  /** @param begin pixels, or a decode without transparency as far as `decodeOpaque` prepared it */
  constructor(begin: Pixels | (Size & { decode: Sharp })) {
    this.width = begin.width;
    this.height = begin.height;
    if ('decode' in begin) {
      this.#waiting = begin.decode;
      this.#lastPlace = PLACE.scale;
      this.transparent = false;
    } else {
      this.#pixels = begin;
      this.transparent = begin.channels === 4;
    }
  }

  /** Adds an operation; `becomes` is the size it leaves, where that is another one. */
  async add(place: number, operation: (image: Sharp) => Sharp, becomes?: Size): Promise<void> {
    if (place <= this.#lastPlace) await this.pixels();
    this.#waiting = operation(this.finish());
    this.#lastPlace = place;
    if (becomes) {
      this.width = becomes.width;
      this.height = becomes.height;
    }
  }

  /** Runs what waits. Needed by a step that must see the pixels, or whose operation leaves a size of its own. */
  async pixels(): Promise<Pixels> {
    if (this.#waiting) this.replace(await readPixels(this.#waiting));
    return this.#pixels as Pixels;
  }

  /** Puts other pixels in place of all that was there. */
  replace(pixels: Pixels): void {
    this.#pixels = pixels;
    this.#waiting = undefined;
    this.#lastPlace = 0;
    this.width = pixels.width;
    this.height = pixels.height;
    this.transparent = pixels.channels === 4;
  }

  /** The image with all that waits, to be run by an encoder. */
  finish(): Sharp {
    return this.#waiting ?? openPixels(this.#pixels as Pixels);
  }
}

/** True for a `#rrggbbaa` that something shows through. */
export function isTranslucent(colour: string): boolean {
  return colour.length === 9 && !/ff$/i.test(colour);
}

/** An image of the library over raw pixels; nothing is copied. */
export function openPixels({ data, width, height, channels }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

/** Runs an image of the library into raw sRGB of 8 bits. */
export async function readPixels(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 3 || channels === 4) return { data, width, height, channels };
  // The library answers gray with one channel where it made the gray itself.
  return readPixels(sharp(data, { raw: { width, height, channels } }).toColourspace('srgb'));
}
