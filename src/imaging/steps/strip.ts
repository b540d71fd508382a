// Decides about metadata: raw pixels carry none, so stripping is what happens by itself, and keeping is the work.
import sharp, { type Sharp } from 'sharp';
import type { Pixels } from '../canvas.ts';

/**
 * The pixels, with EXIF, XMP and IPTC of the source, as far as the format written holds them, and an sRGB profile. The
 * orientation is taken out of the EXIF, because the pixels are upright already. The source is opened again to carry its
 * metadata, as small as it goes, and the finished pixels cover it.
 *
 * @param frames above 1 the pixels are that many frames, one below the other
 */
export function carryMetadata(input: Buffer, pixels: Pixels, frames = 1): Sharp {
  const { data, ...raw } = pixels;
  const cover = [{ input: data, raw, left: 0, top: 0, blend: 'source' as const }];
  const carrier =
    frames > 1
      ? sharp(input, { limitInputPixels: false, animated: true }).resize(raw.width, raw.height / frames, { fit: 'fill' })
      : sharp(input, { limitInputPixels: false, autoOrient: true })
          .resize(1, 1, { fit: 'fill' })
          .extend({ right: raw.width - 1, bottom: raw.height - 1 });
  const covered = carrier.composite(cover).withMetadata({ orientation: 1 });
  return raw.channels === 3 ? covered.removeAlpha() : covered;
}

/** Where a JPEG of the library says its resolution: unit, then pixels per unit across and down, in 16 bits each. */
const DENSITY_AT = 13;
const DENSITY_72_DPI = Buffer.from([1, 0, 72, 0, 72]);

/** Sets a JPEG's resolution to 72 dpi in place: the encoder copies the source's, which is metadata too. */
export function resetDensity(jpeg: Buffer): void {
  if (jpeg.toString('latin1', 6, 10) === 'JFIF') DENSITY_72_DPI.copy(jpeg, DENSITY_AT);
}
