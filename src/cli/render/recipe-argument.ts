// The recipe that a command line asks for: inline, from a file, or as the configuration declares it.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readEnvironment } from '../../config/env.ts';
import { type Config, compileConfig, loadConfig } from '../../config/load.ts';
import { type RecipeInput, recipeSchema } from '../../config/recipe-schema.ts';
import { Fault } from '../../domain/fault.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { ImageLimits } from '../../domain/ports.ts';
import { type Format, isCopy, type Recipe, withoutCopies } from '../../domain/recipe.ts';
import { fingerprint } from '../../imaging/fingerprint.ts';
import { UsageFault } from '../output.ts';

/** Steps that have flags of their own; they win over the recipe. */
export interface RecipeFlags {
  width?: number;
  height?: number;
  fit?: string;
  format?: string;
  quality?: number;
  negate?: true;
  grayscale?: true;
}

export interface Asked {
  recipe: Recipe;
  /** The recipes that it shares its decode with: its pipeline's, or itself alone. */
  siblings: Recipe[];
  limits: ImageLimits;
  watermarks: Map<string, Buffer>;
}

/** What a recipe may hold before it is checked. */
type Said = Record<string, unknown>;

/**
 * @param named JSON, `@FILE`, or `PIPELINE/RENDITION`; nothing leaves all to the flags
 * @param ending the format that the output's name speaks of; it counts where neither recipe nor flags name one
 */
export async function readRecipe(named: string | undefined, flags: RecipeFlags, ending: Format | undefined): Promise<Asked> {
  if (named === undefined) return compile({}, flags, ending, resolve('recipe'));
  if (named.startsWith('@')) {
    const file = resolve(named.slice(1));
    const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw new UsageFault(`the recipe ${file} cannot be read: ${cause.code}`);
    });
    return compile(parse(text, file), flags, ending, file);
  }
  if (named.trimStart().startsWith('{')) return compile(parse(named, 'the recipe'), flags, ending, resolve('recipe'));
  return declared(named, flags);
}

function parse(text: string, culprit: string): Said {
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said === 'object' && said !== null && !Array.isArray(said)) return said as Said;
  } catch (error) {
    throw new UsageFault(`${culprit} is not JSON: ${(error as Error).message}`);
  }
  throw new UsageFault(`${culprit} is no recipe`, 'write it as an object, such as {"resize":{"width":256}}');
}

async function compile(said: Said, flags: RecipeFlags, ending: Format | undefined, file: string): Promise<Asked> {
  const whole = { ...(ending && { format: ending }), ...said, ...stepsOf(flags, said.resize) };
  check(whole);
  // A configuration around it, so that a watermark is read and bound in the one way there is.
  const renditions = { render: { recipe: whole as RecipeInput, to: { bucket: 'out', key: '{key}' } } };
  const config = await compileConfig({ pipelines: { render: { source: { bucket: 'source' }, renditions } } }, file, fingerprint);
  return askedOf(config, config.pipelines[0] as Pipeline, 'render');
}

async function declared(named: string, flags: RecipeFlags): Promise<Asked> {
  const config = await loadConfig(readEnvironment(process.env).config, process.cwd(), fingerprint);
  const [pipelineName = '', renditionName = ''] = named.split('/');
  const pipeline = config.pipelines.find(({ name }) => name === pipelineName);
  if (!pipeline?.renditions.some(({ name }) => name === renditionName)) {
    const there = config.pipelines.flatMap(({ name, renditions }) => renditions.map((rendition) => `${name}/${rendition.name}`));
    throw new Fault('not_found', `${config.file} declares no rendition "${named}"`, {
      mend: `there are ${there.join(', ')}; a recipe of your own is written as JSON or as @FILE`,
    });
  }
  const asked = askedOf(config, pipeline, renditionName);
  const { watermark, ...rest } = asked.recipe;
  const steps = stepsOf(flags, rest.resize);
  if (Object.keys(steps).length === 0) return asked;
  const changed = check({ ...rest, ...steps });
  const recipe = { ...withoutUndefined(changed), ...(watermark && { watermark }) } as Recipe;
  return { ...asked, recipe, siblings: [recipe] };
}

function askedOf({ limits, watermarks }: Config, { renditions }: Pipeline, name: string): Asked {
  const recipe = renditions.find((rendition) => rendition.name === name)?.recipe;
  if (!recipe || isCopy(recipe)) throw new UsageFault(`rendition "${name}" is a copy: there is nothing to render`);
  return { recipe, siblings: withoutCopies(renditions.map((rendition) => rendition.recipe)), limits, watermarks };
}

function stepsOf({ width, height, fit, ...steps }: RecipeFlags, said: unknown): Said {
  const size = withoutUndefined({ width, height, fit });
  if (Object.keys(size).length === 0) return steps;
  return { ...steps, resize: { ...(typeof said === 'object' ? said : {}), ...size } };
}

/** @throws UsageFault with a line for each thing that is wrong */
function check(said: Said): object {
  const parsed = recipeSchema.safeParse(said);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => ['recipe:', path.join('.'), message].filter(Boolean).join(' '));
  throw new UsageFault(lines.join('\n'));
}

function withoutUndefined(value: object): Said {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
}
