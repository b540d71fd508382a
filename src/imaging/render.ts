// One picture to many outputs: what it is, one decode for each base size, and the outputs of each.
import { createHash } from 'node:crypto';
import { asFault, Fault } from '../domain/fault.ts';
import type { RenderedOutput, RenderedPicture, RenderFault, RenderTarget } from '../domain/ports.ts';
import { type Format, holdsFrames } from '../domain/recipe.ts';
import { Canvas } from './canvas.ts';
import { decodePlain, decodeStill } from './decode.ts';
import { baseSize, type Size } from './geometry.ts';
import { outputFormat, renderFrames, renderStill, type Setup } from './output.ts';
import { type Probe, probe } from './probe.ts';

/** Encoders that see nothing of a picture but its pixels. The others also write its resolution or its palette. */
const PIXELS_ONLY: readonly Format[] = ['jpeg', 'webp', 'avif'];

/** Targets that share one decode. */
interface Group {
  size: Size;
  targets: RenderTarget[];
}

/** Faults of the picture are thrown; a target that fails by itself is told in the answer. */
export async function renderPicture(input: Buffer, targets: readonly RenderTarget[], setup: Setup): Promise<RenderedPicture> {
  const source = await probe(input, setup.limits);
  const outputs = new Map<string, RenderedOutput>();
  const faults: RenderFault[] = [];
  let decodeMs = 0;

  const attempt = async (target: RenderTarget, output: () => Promise<RenderedOutput>): Promise<void> => {
    try {
      outputs.set(target.id, await output());
    } catch (error) {
      faults.push(targetFault(target, error, setup));
    }
  };

  const { moving, groups } = groupTargets(source, targets);
  for (const { size, targets: sharing } of groups) {
    const alone = sharing.length === 1 ? sharing[0] : undefined;
    const streamed = alone && canStream(source, alone) && (await stream(input, source, size, alone, setup));
    if (streamed) {
      outputs.set(streamed.id, streamed);
      continue;
    }
    const started = performance.now();
    const base = await decodeStill(input, source, size);
    decodeMs += performance.now() - started;
    for (const target of sharing) await attempt(target, () => renderStill(input, source, new Canvas(base), target, setup));
  }
  for (const target of moving) await attempt(target, () => renderFrames(input, source, target, setup));

  const { format, width, height, frames } = source;
  const sha256 = createHash('sha256').update(input).digest('hex');
  const inOrder = targets.flatMap(({ id }) => outputs.get(id) ?? []);
  return { source: { format, width, height, frames, sha256 }, outputs: inOrder, faults, decodeMs };
}

/** Targets that keep the frames, and those that take the first by the base they share. */
function groupTargets(source: Probe, targets: readonly RenderTarget[]): { moving: RenderTarget[]; groups: Iterable<Group> } {
  const moving: RenderTarget[] = [];
  const groups = new Map<string, Group>();
  for (const target of targets) {
    if (source.frames > 1 && target.recipe.animated && holdsFrames(outputFormat(target.recipe, source))) {
      moving.push(target);
      continue;
    }
    const size = baseSize(source, [target.recipe, ...target.siblings]);
    const name = `${size.width}x${size.height}`;
    const group = groups.get(name) ?? { size, targets: [] };
    group.targets.push(target);
    groups.set(name, group);
  }
  return { moving, groups: groups.values() };
}

/** True where decode, steps and encode may run as one pass, with the same bytes as one after the other. */
function canStream(source: Probe, { recipe }: RenderTarget): boolean {
  return source.plain && recipe.metadata === 'strip' && PIXELS_ONLY.includes(outputFormat(recipe, source));
}

/**
 * Undefined where anything fails: one pass does not tell whether the decoder or the encoder gave up, and so whether all
 * outputs are lost or this one, but doing it step by step does.
 */
async function stream(input: Buffer, source: Probe, size: Size, target: RenderTarget, setup: Setup) {
  const canvas = decodePlain(input, source, size);
  return renderStill(input, source, canvas, target, setup).catch(() => undefined);
}

/** Damage is the whole picture's, and is thrown on. */
function targetFault({ id }: RenderTarget, error: unknown, setup: Setup): RenderFault {
  if (error instanceof Fault && error.code === 'corrupt') throw error;
  const { code, message, mend, cause } = memoryFault(error) ?? asFault(error);
  if (cause !== undefined) setup.note(`${id}: ${cause}`);
  return { id, code, message, ...(mend === undefined ? {} : { mend }) };
}

/** An encoder that was given pixels within its format's bounds fails for want of memory; the one of AVIF says so darkly. */
function memoryFault(error: unknown): Fault | undefined {
  if (error instanceof Fault || !/memory|allocat|creating thread|heif: encoder/i.test(String(error))) return undefined;
  return new Fault('too_large', 'the output needs more memory than is allowed', {
    mend: 'add a smaller resize to the recipe',
    cause: error,
  });
}
