// What a step is given.
import type { Recipe } from '../../domain/recipe.ts';
import type { Canvas } from '../canvas.ts';

/** What a step may need beside the picture and the recipe. One scene serves all frames of one output. */
export interface Scene {
  /** Bytes of each watermark by its SHA-256 in hex. */
  marks: ReadonlyMap<string, Buffer>;
  /** Most pixels that a result may have. */
  maxPixels: number;
  /** Where `attention` or `entropy` cut the first frame; the others are cut there too. */
  cut?: { left: number; top: number };
}

/** Does its part of the recipe, or nothing. Faults (`too_large`, `unsupported`) concern this output alone. */
export type Step = (canvas: Canvas, recipe: Recipe, scene: Scene) => Promise<void>;
