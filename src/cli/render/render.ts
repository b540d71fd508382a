// Renders one picture without a server, from a file or a stream to a file or a stream.
import { Fault } from '../../domain/fault.ts';
import type { RenderedOutput, RenderedPicture } from '../../domain/ports.ts';
import { takeOutput } from '../../domain/rendered.ts';
import { fingerprint } from '../../imaging/fingerprint.ts';
import { openImaging } from '../../imaging/imaging.ts';
import { formatBytes, formatDuration } from '../figures.ts';
import { openQuietLog } from '../log.ts';
import { type Output, UsageFault } from '../output.ts';
import { printableName } from '../printable.ts';
import { formatOf, readPicture, STREAM, writePicture } from './picture-file.ts';
import { type Asked, type RecipeFlags, readRecipe } from './recipe-argument.ts';

export interface RenderOptions extends RecipeFlags {
  recipe?: string;
}

/** Renders IN to OUT and says what came of it. */
export async function render(source: string, target: string, options: RenderOptions, output: Output): Promise<undefined> {
  if (target === STREAM) refuseStream(output);
  const { recipe, ...flags } = options;
  const asked = await readRecipe(recipe, flags, target === STREAM ? undefined : formatOf(target));
  const input = await readPicture(source, asked.limits.bytes);
  const { picture, made, engine } = await renderOne(input, asked).catch((error) => {
    throw naming(source, error);
  });
  await writePicture(target, made.body);
  const { id: _, body, ms, ...about } = made;
  const text = describe(target, made, picture);
  if (target === STREAM) output.note(text);
  else {
    const values = {
      in: { file: source, bytes: input.length, ...picture.source },
      out: { file: target, bytes: body.length, ...about },
      fingerprint: fingerprint(asked.recipe, asked.siblings),
      engine,
      ms: { decode: Math.round(picture.decodeMs), render: Math.round(ms) },
    };
    output.result(values, text);
  }
  warnOfEnding(target, made.format, output);
  return undefined;
}

function refuseStream(output: Output): void {
  if (output.json) throw new UsageFault('--json and OUT "-" both want standard output', 'name a file for the picture');
  if (process.stdout.isTTY) throw new UsageFault('a picture is nothing for a terminal', 'name a file, or send the output to one');
}

async function renderOne(
  input: Buffer,
  { recipe, siblings, limits, watermarks }: Asked,
): Promise<{ picture: RenderedPicture; made: RenderedOutput; engine: string }> {
  const imaging = await openImaging({ limits, watermarks, slots: 1, log: openQuietLog() });
  try {
    const picture = await imaging.render(input, [{ id: 'render', recipe, siblings }]);
    return { picture, made: takeOutput(picture, 'render'), engine: imaging.engine };
  } finally {
    await imaging.stop();
  }
}

function naming(source: string, error: unknown): unknown {
  if (!(error instanceof Fault)) return error;
  const { code, message, mend, cause } = error;
  const culprit = source === STREAM ? 'standard input' : printableName(source);
  return new Fault(code, `${culprit}: ${message}`, { cause, ...(mend !== undefined && { mend }) });
}

function describe(target: string, made: RenderedOutput, { decodeMs }: RenderedPicture): string {
  const size = `${made.width} × ${made.height} ${made.format}, ${formatBytes(made.body.length)}, ${formatDuration(decodeMs + made.ms)}`;
  return `${target === STREAM ? 'standard output' : printableName(target)}: ${size}\nsha256 ${made.sha256}`;
}

function warnOfEnding(target: string, format: string, output: Output): void {
  const ending = target === STREAM ? undefined : formatOf(target);
  if (ending !== undefined && ending !== format) output.note(`mind that ${printableName(target)} holds ${format}, not ${ending}`);
}
