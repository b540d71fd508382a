// The recipe as the form holds it, and as the API takes it.

export const TRY_FORMATS = ['webp', 'avif', 'jpeg', 'png', 'same'] as const;
export type TryFormat = (typeof TRY_FORMATS)[number];

export const TRY_FITS = ['inside', 'cover', 'contain', 'fill', 'outside'] as const;
export type TryFit = (typeof TRY_FITS)[number];

export const MAX_SIDE = 8192;

export interface RecipeForm {
  /** Pixels; undefined leaves the side to the aspect ratio. */
  width: number | undefined;
  height: number | undefined;
  fit: TryFit;
  format: TryFormat;
  /** 1–100 */
  quality: number;
  negate: boolean;
  grayscale: boolean;
}

/** The tutorial's thumbnail, with its proportions kept. */
export const FIRST_RECIPE: RecipeForm = {
  width: 256,
  height: 256,
  fit: 'inside',
  format: 'webp',
  quality: 80,
  negate: false,
  grayscale: false,
};

/** True where the format's encoder has a quality to set. */
export function hasQuality(format: TryFormat): boolean {
  return format === 'webp' || format === 'avif' || format === 'jpeg';
}

/** The recipe as one would write it into the configuration: what is left as it is, is left out. */
export function recipeOf({ width, height, fit, format, quality, negate, grayscale }: RecipeForm): Record<string, unknown> {
  const sized = width !== undefined || height !== undefined;
  return {
    ...(sized && {
      resize: {
        ...(width !== undefined && { width }),
        ...(height !== undefined && { height }),
        ...(fit !== 'inside' && { fit }),
      },
    }),
    ...(grayscale && { grayscale }),
    ...(negate && { negate }),
    ...(format !== 'same' && { format }),
    ...(hasQuality(format) && { quality }),
  };
}
