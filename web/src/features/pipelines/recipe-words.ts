// A recipe as a few words for people.
import { formatName } from '../../format/words.ts';

type Recipe = Record<string, unknown>;

const FITS: Record<string, string> = {
  cover: 'cut to',
  contain: 'padded to',
  fill: 'stretched to',
  inside: 'fit inside',
  outside: 'at least',
};

/** `fit inside 256 × 256, WebP`; what a recipe leaves as it is, is left out. */
export function recipeWords(recipe: Recipe): string {
  if (recipe.copy) return 'as it is';
  const words = [
    recipe.crop && 'cropped',
    resizeWords(recipe.resize as { width?: number; height?: number; fit?: string } | undefined),
    recipe.rotate && `turned by ${recipe.rotate}°`,
    recipe.flip && `flipped (${recipe.flip})`,
    recipe.grayscale && 'greyscale',
    recipe.negate && 'negated',
    (recipe.modulate || recipe.tint) && 'recoloured',
    recipe.blur && 'blurred',
    recipe.sharpen && 'sharpened',
    recipe.watermark && 'watermarked',
    recipe.format === 'same' || recipe.format === undefined ? 'same format' : formatName(String(recipe.format)),
    recipe.quality && `quality ${recipe.quality}`,
    recipe.lossless && 'lossless',
  ];
  return words.filter((word) => typeof word === 'string').join(', ');
}

function resizeWords(resize: { width?: number; height?: number; fit?: string } | undefined): string | undefined {
  if (!resize) return undefined;
  const { width, height, fit = 'inside' } = resize;
  if (width !== undefined && height !== undefined) return `${FITS[fit] ?? fit} ${width} × ${height}`;
  return width !== undefined ? `${width} wide` : `${height} high`;
}
