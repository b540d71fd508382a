// Sizes: how large a picture becomes under a resize, and how large a decode must be to serve several of them.
import type { Recipe, Resize } from '../domain/recipe.ts';

/** Width and height in whole pixels, at least 1. */
export interface Size {
  width: number;
  height: number;
}

/** A rectangle in whole pixels. */
export interface Rectangle extends Size {
  left: number;
  top: number;
}

/**
 * The whole picture as scaled for a resize, before anything is cut off or put around it. Without `enlarge` no side grows.
 * Products of sides stay below 2^53, so that the divisions are the only roundings and the result grows with the target.
 */
export function scaledSize(source: Size, resize: Resize): Size {
  const full = unclamped(source, resize);
  if (resize.enlarge) return full;
  if (resize.width !== undefined && resize.height !== undefined && resize.fit === 'fill') return smaller(full, source);
  return full.width > source.width || full.height > source.height ? { width: source.width, height: source.height } : full;
}

function unclamped(source: Size, { width, height, fit }: Resize): Size {
  if (width === undefined) return height === undefined ? source : byHeight(source, height);
  if (height === undefined) return byWidth(source, width);
  if (fit === 'fill') return { width, height };
  const widthBinds = width * source.height <= height * source.width;
  const outside = fit === 'cover' || fit === 'outside';
  return widthBinds === outside ? byHeight(source, height) : byWidth(source, width);
}

function byWidth(source: Size, width: number): Size {
  return { width, height: atLeastOne((source.height * width) / source.width) };
}

function byHeight(source: Size, height: number): Size {
  return { width: atLeastOne((source.width * height) / source.height), height };
}

function atLeastOne(length: number): number {
  return Math.max(1, Math.round(length));
}

function smaller(a: Size, b: Size): Size {
  return { width: Math.min(a.width, b.width), height: Math.min(a.height, b.height) };
}

/** What a resize leaves in the end: `cover` cuts the scaled picture to the target, `contain` puts a border around it. */
export function resizedSize(source: Size, resize: Resize): Size {
  const scaled = scaledSize(source, resize);
  const { width, height, fit } = resize;
  if (width === undefined || height === undefined) return scaled;
  if (fit === 'cover') return smaller(scaled, { width, height });
  if (fit === 'contain') return { width, height };
  return scaled;
}

/**
 * The size in which a picture is decoded: on each axis the least that no sibling has to enlarge again, and never more than
 * the source has. It depends on the source's size and the recipes alone, never on which of them are wanted just now.
 */
export function baseSize(source: Size, siblings: readonly Recipe[]): Size {
  let width = 1;
  let height = 1;
  for (const sibling of siblings) {
    const need = neededSize(source, sibling);
    width = Math.max(width, need.width);
    height = Math.max(height, need.height);
  }
  return { width, height };
}

function neededSize(source: Size, { crop, resize }: Recipe): Size {
  // A crop is in pixels of the full picture.
  if (crop !== undefined || resize === undefined) return source;
  return smaller(scaledSize(source, resize), source);
}
