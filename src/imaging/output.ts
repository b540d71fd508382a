// One output of a picture: the steps on its pixels or frames, and the encode.
import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { Fault } from '../domain/fault.ts';
import type { ImageLimits, RenderedOutput, RenderTarget } from '../domain/ports.ts';
import type { Format, Recipe } from '../domain/recipe.ts';
import type { Canvas, Pixels } from './canvas.ts';
import { decodeFrames } from './decode.ts';
import type { Size } from './geometry.ts';
import { type Probe, refuseTooManyFrames } from './probe.ts';
import { encoder, layOnBackground, refuseOversize } from './steps/encode.ts';
import { runSteps } from './steps/run.ts';
import type { Scene } from './steps/step.ts';
import { carryMetadata, resetDensity } from './steps/strip.ts';

/** Most pixels of all frames of one animation written, which are held in memory together: 400 MB. */
const ROLL_PIXELS = 100_000_000;

/** What stays the same over all pictures. */
export interface Setup {
  limits: ImageLimits;
  /** Bytes of each watermark by its SHA-256 in hex. */
  marks: ReadonlyMap<string, Buffer>;
  /** Takes what is for the log: the inner errors of outputs that failed. */
  note(text: string): void;
}

/** `same` is the source's format: all that are read are also written. */
export function outputFormat(recipe: Recipe, source: Probe): Format {
  return recipe.format === 'same' ? source.format : recipe.format;
}

/** From the first frame. Faults `too_large` and `unsupported` concern this output alone. */
export async function renderStill(
  input: Buffer,
  source: Probe,
  canvas: Canvas,
  { id, recipe }: RenderTarget,
  setup: Setup,
): Promise<RenderedOutput> {
  const started = performance.now();
  const format = outputFormat(recipe, source);
  await runSteps(canvas, recipe, newScene(setup), source);
  await layOnBackground(canvas, recipe, format);
  refuseOversize(format, canvas);
  const image = recipe.metadata === 'keep' ? carryMetadata(input, await canvas.pixels()) : canvas.finish();
  return write(encoder(image, recipe, format, canvas), id, recipe, format, started);
}

/** From all frames, each rendered as a picture of its own, so that nothing of one runs into the next. */
export async function renderFrames(
  input: Buffer,
  source: Probe,
  { id, recipe }: RenderTarget,
  setup: Setup,
): Promise<RenderedOutput> {
  refuseTooManyFrames(source, setup.limits);
  const started = performance.now();
  const format = outputFormat(recipe, source);
  const roll = await rollFrames(input, source, recipe, format, setup);
  const { frames, delay, loop } = source;
  const height = roll.height / frames;
  const { data, ...raw } = roll;
  const image =
    recipe.metadata === 'keep'
      ? carryMetadata(input, roll, frames)
      : sharp(data, { raw: { ...raw, pageHeight: height }, animated: true });
  const encoded = encoder(image, recipe, format, { width: roll.width, height });
  const timed = format === 'gif' ? encoded.gif({ delay, loop }) : encoded.webp({ delay, loop });
  return { ...(await write(timed, id, recipe, format, started)), height };
}

/** The finished frames, one below the other. */
async function rollFrames(input: Buffer, source: Probe, recipe: Recipe, format: Format, setup: Setup): Promise<Pixels> {
  const scene = newScene(setup);
  let roll: Pixels | undefined;
  let filled = 0;
  for await (const canvas of decodeFrames(input, source)) {
    await runSteps(canvas, recipe, scene, source);
    const frame = await canvas.pixels();
    if (!roll) {
      refuseOversize(format, frame);
      refuseLongRoll(frame, source.frames, setup.limits);
      const data = Buffer.allocUnsafeSlow(frame.data.length * source.frames);
      roll = { ...frame, data, height: frame.height * source.frames };
    }
    filled += frame.data.copy(roll.data, filled);
  }
  if (!roll || filled !== roll.data.length) throw new Fault('internal', 'the frames of the animation differ in size');
  return roll;
}

function refuseLongRoll({ width, height }: Size, frames: number, limits: ImageLimits): void {
  const most = Math.min(ROLL_PIXELS, limits.framePixels);
  if (width * height * frames <= most) return;
  throw new Fault(
    'too_large',
    `the result would be ${frames} frames of ${width} × ${height}, more than ${most} pixels together`,
    {
      mend: 'add a smaller resize to the recipe, or set "animated" to false',
    },
  );
}

async function write(image: Sharp, id: string, recipe: Recipe, format: Format, started: number): Promise<RenderedOutput> {
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  if (format === 'jpeg' && recipe.metadata === 'strip') resetDensity(data);
  const sha256 = createHash('sha256').update(data).digest('hex');
  return { id, body: data, format, width: info.width, height: info.height, sha256, ms: performance.now() - started };
}

function newScene({ marks, limits }: Setup): Scene {
  return { marks, maxPixels: limits.pixels };
}
