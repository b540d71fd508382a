// What may be done to the pixels of a picture, and in which format the result is written.

export const FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;
/** A format that Pixmill writes. */
export type Format = (typeof FORMATS)[number];

export const FITS = ['cover', 'contain', 'fill', 'inside', 'outside'] as const;
export type Fit = (typeof FITS)[number];

export const GRAVITIES = [
  'center',
  'north',
  'northeast',
  'east',
  'southeast',
  'south',
  'southwest',
  'west',
  'northwest',
] as const;
export type Gravity = (typeof GRAVITIES)[number];
/** Where `cover` crops: a compass point, or where the eye goes (`attention`), or where most detail is (`entropy`). */
export type CropGravity = Gravity | 'attention' | 'entropy';

/** A rectangle in pixels of the upright picture (after EXIF orientation). */
export interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Target size in pixels; one of the two may be left out, and follows from the aspect ratio. */
export interface Resize {
  width?: number;
  height?: number;
  /** `inside` unless said otherwise. */
  fit: Fit;
  /** Only `cover` and `contain` use it; `center` unless said otherwise. */
  gravity: CropGravity;
  /** A picture smaller than the target is left as it is unless this is true. */
  enlarge: boolean;
}

/** Factors: 1 leaves as is. Hue is in degrees, lightness is added (percent of full white). */
export interface Modulate {
  brightness?: number;
  saturation?: number;
  hue?: number;
  lightness?: number;
}

export interface Sharpen {
  /** Radius as standard deviation in pixels. */
  sigma: number;
  /** Strength in flat and in jagged areas. */
  flat: number;
  jagged: number;
}

/** An image laid over the result. The loader of the configuration has read it: the recipe carries what it is, not where. */
export interface Watermark {
  /** SHA-256 of the file's bytes, in hex; the bytes travel beside the recipe. */
  sha256: string;
  gravity: Gravity;
  /** Distance to the edge in pixels. */
  margin: number;
  /** Width of the mark as a fraction of the result's width, 0–1. */
  scale: number;
  /** 0 is invisible, 1 is solid. */
  opacity: number;
  /** Repeats the mark over the whole picture. */
  tile: boolean;
}

/**
 * One recipe with every default filled in. The order of the steps is fixed, whatever order the keys were written in:
 * orient → crop → resize → rotate, flip → grayscale, negate, modulate, tint → blur, sharpen → watermark → encode.
 */
export interface Recipe {
  crop?: Crop;
  resize?: Resize;
  /** Degrees clockwise. Corners that are laid open take `background`. */
  rotate?: number;
  flip?: 'horizontal' | 'vertical' | 'both';
  grayscale: boolean;
  negate: boolean;
  modulate?: Modulate;
  /** `#rrggbb` */
  tint?: string;
  /** Standard deviation of the Gaussian in pixels. */
  blur?: number;
  sharpen?: Sharpen;
  watermark?: Watermark;
  /** `same` keeps the source's format, or writes PNG where the source's format is one that is only read. */
  format: Format | 'same';
  /** 1–100. */
  quality?: number;
  lossless: boolean;
  /** Progressive JPEG, interlaced PNG or GIF. */
  progressive: boolean;
  /** How hard the encoder tries; the range is the format's. */
  effort?: number;
  /** True keeps all frames where the format written can hold them; false takes the first. */
  animated: boolean;
  /** `#rrggbb` or `#rrggbbaa`: fills what `contain`, `rotate` and formats without transparency lay open. */
  background: string;
  metadata: 'strip' | 'keep';
}

/** Instead of a recipe: the file is passed on as it is. Nothing is decoded, so any file will do, a picture or not. */
export interface Copy {
  copy: true;
}

export function isCopy(recipe: Recipe | Copy): recipe is Copy {
  return 'copy' in recipe;
}

/** Those that a picture has to be decoded for. */
export function withoutCopies(recipes: Iterable<Recipe | Copy>): Recipe[] {
  return [...recipes].filter((recipe): recipe is Recipe => !isCopy(recipe));
}

/** What makes a rendition, as its identity says: a copy is the same whatever engine renders pictures. */
export function makerOf(recipe: Recipe | Copy, engine: string): string {
  return isCopy(recipe) ? 'copy' : engine;
}

/** True where the format written can hold several frames. */
export function holdsFrames(format: Format): boolean {
  return format === 'webp' || format === 'gif';
}

/** The MIME type of a format that Pixmill writes. */
export function contentType(format: Format): string {
  return `image/${format}`;
}
