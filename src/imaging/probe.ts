// Reads what a picture says of itself, and refuses it by its header alone where that is possible.
import sharp, { type Metadata } from 'sharp';
import { Fault } from '../domain/fault.ts';
import type { ImageLimits } from '../domain/ports.ts';
import { type Format, holdsFrames } from '../domain/recipe.ts';
import { isReadable, looksLike } from './sniff.ts';

/** What is read is also written: each of these has both a decoder and an encoder. */
export interface Probe {
  format: Format;
  /** Of one frame, upright, in pixels. */
  width: number;
  height: number;
  /** 1 unless it is an animation: pages of a TIFF or an AVIF are other pictures, and the first is taken. */
  frames: number;
  /** EXIF, 1–8. */
  orientation: number;
  /** Milliseconds each frame is shown. */
  delay: number[];
  /** How often the animation is shown; 0 is without end. */
  loop: number;
  /** 16 bits a channel and a colour profile of its own: see `decode.ts`. */
  deepWithProfile: boolean;
  /** Upright, opaque, three channels of 8 bits: no step sees a difference between its decode and its pixels. */
  plain: boolean;
}

const FORMAT_OF: Record<string, Format> = { jpeg: 'jpeg', png: 'png', webp: 'webp', gif: 'gif', tiff: 'tiff' };

/** Faults: `unsupported`, `corrupt`, `too_large`. Decodes no pixels. */
export async function probe(input: Buffer, limits: ImageLimits): Promise<Probe> {
  const metadata = await readMetadata(input);
  const format = formatOf(metadata, input);
  const { width, height } = metadata.autoOrient;
  const animation = holdsFrames(format) && metadata.pages !== undefined && metadata.pages > 1;
  const frames = animation ? (metadata.pages ?? 1) : 1;

  if (width * height > limits.pixels) {
    throw new Fault('too_large', `the picture is ${width} × ${height}, and the limit is ${limits.pixels} pixels`, {
      mend: 'make the picture smaller, or raise limits.pixels',
    });
  }
  return {
    format,
    width,
    height,
    frames,
    orientation: metadata.orientation ?? 1,
    delay: metadata.delay ?? [],
    loop: metadata.loop ?? 0,
    deepWithProfile: metadata.hasProfile === true && metadata.depth === 'ushort',
    plain: isPlain(metadata),
  };
}

function isPlain({ orientation = 1, hasAlpha, channels, depth, space }: Metadata): boolean {
  return orientation === 1 && !hasAlpha && channels === 3 && depth === 'uchar' && space === 'srgb';
}

/** Refuses an animation of which all frames are wanted, as `too_large`. */
export function refuseTooManyFrames({ width, height, frames }: Probe, limits: ImageLimits): void {
  if (frames > limits.frames) {
    throw new Fault('too_large', `the animation has ${frames} frames, and the limit is ${limits.frames}`, {
      mend: 'shorten it, raise limits.frames, or set "animated" to false to take the first frame',
    });
  }
  const pixels = width * height * frames;
  if (pixels > limits.framePixels) {
    throw new Fault(
      'too_large',
      `the animation has ${frames} frames of ${width} × ${height}, together ${pixels} pixels, and the limit is ${limits.framePixels}`,
      { mend: 'shorten it, raise limits.framePixels, or set "animated" to false to take the first frame' },
    );
  }
}

async function readMetadata(input: Buffer): Promise<Metadata> {
  if (input.length === 0) throw unsupported(input);
  try {
    // The header tells the size in numbers; the limit is applied to these, and again by the decoder.
    return await sharp(input, { failOn: 'error', limitInputPixels: false }).metadata();
  } catch (error) {
    // What the library says of bytes that it cannot open depends on how far it came with them.
    throw isReadable(looksLike(input)) ? corrupt(error) : unsupported(input, error);
  }
}

function formatOf(metadata: Metadata, input: Buffer): Format {
  // AVIF and HEIC share a container, and only the codec of the first is built in.
  if (metadata.format === 'heif' && metadata.compression === 'av1') return 'avif';
  const format = FORMAT_OF[metadata.format];
  if (!format) throw unsupported(input);
  return format;
}

function unsupported(input: Buffer, cause?: unknown): Fault {
  const kind = looksLike(input);
  if (kind === 'a HEIC' || kind === 'a HEIF') {
    return new Fault('unsupported', `this is ${kind}, and the decoder that it needs (HEVC) is not built in`, {
      mend: 'hand it in as a JPEG; an iPhone takes those with Settings, Camera, Formats, Most Compatible',
      cause,
    });
  }
  return new Fault('unsupported', `this is no picture that can be read: it looks like ${kind}`, {
    mend: 'hand in a JPEG, PNG, WebP, GIF, TIFF or AVIF',
    cause,
  });
}

/** A fault for whatever the decoder threw at bytes that began well. */
export function corrupt(error: unknown): Fault {
  const said = error instanceof Error ? error.message : String(error);
  if (/pixel limit/i.test(said)) return new Fault('too_large', 'the picture has more pixels than the limit', { cause: error });
  if (/memory|allocat|creating thread/i.test(said)) {
    return new Fault('too_large', 'the picture needs more memory to decode than is allowed', {
      mend: 'make the picture smaller, or save it without interlacing',
      cause: error,
    });
  }
  if (/not configured|unsupported (codec|feature|compression)|unsupported tiff/i.test(said)) {
    return new Fault('unsupported', 'the picture is of a kind within its format that can not be read', {
      mend: 'save it in a more common variant of its format',
      cause: error,
    });
  }
  return new Fault('corrupt', 'the picture is damaged or cut off: its decoder gave up', {
    mend: 'hand in the picture again, complete',
    cause: error,
  });
}
