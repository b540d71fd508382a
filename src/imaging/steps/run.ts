// The steps of a recipe, in the order that every recipe keeps whatever order its keys were written in.
import type { Recipe } from '../../domain/recipe.ts';
import type { Canvas } from '../canvas.ts';
import type { Size } from '../geometry.ts';
import { blur } from './blur.ts';
import { crop } from './crop.ts';
import { flip } from './flip.ts';
import { grayscale } from './grayscale.ts';
import { modulate } from './modulate.ts';
import { negate } from './negate.ts';
import { resize } from './resize.ts';
import { rotate } from './rotate.ts';
import { sharpen } from './sharpen.ts';
import type { Scene, Step } from './step.ts';
import { tint } from './tint.ts';
import { watermark } from './watermark.ts';

/** What follows crop and resize. */
const STEPS: readonly Step[] = [rotate, flip, grayscale, negate, modulate, tint, blur, sharpen, watermark];

/** @param source the upright picture's size, of which the canvas may hold a smaller decode where nothing is cropped */
export async function runSteps(canvas: Canvas, recipe: Recipe, scene: Scene, source: Size): Promise<void> {
  await crop(canvas, recipe, scene);
  const picture = recipe.crop ? { width: canvas.width, height: canvas.height } : source;
  await resize(canvas, recipe, scene, picture);
  for (const step of STEPS) await step(canvas, recipe, scene);
}
