// The settings of the imaging library that every picture is rendered under.
import sharp from 'sharp';

/** The decoders for what comes from outside; anything else, such as SVG, is no picture here. */
const DECODERS = ['JpegBuffer', 'PngBuffer', 'WebpBuffer', 'NsgifBuffer', 'TiffBuffer', 'HeifBuffer'];

/** Call it once, before the first picture. */
export function prepareLibrary(): void {
  // One thread a picture: more would change the bytes of AVIF, and the pictures are what runs side by side.
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: DECODERS.map((decoder) => `VipsForeignLoad${decoder}`) });
}

/** Part of the identity of every rendition: another version may give other bytes. */
export function engineName(): string {
  return `sharp ${sharp.versions.sharp} libvips ${sharp.versions.vips}`;
}
