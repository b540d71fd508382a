// Reads the configuration, whatever its file type, and makes pipelines of it. Every fault is reported at once.
import { createHash } from 'node:crypto';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import picomatch from 'picomatch';
import { parse as parseYaml } from 'yaml';
import { Fault } from '../domain/fault.ts';
import type { Pipeline, Rendition } from '../domain/pipeline.ts';
import type { ImageLimits } from '../domain/ports.ts';
import { type Copy, type Recipe, withoutCopies } from '../domain/recipe.ts';
import type { HooksConfig } from './hooks-schema.ts';
import { findLoop } from './loops.ts';
import type { QueueConfig } from './queues-schema.ts';
import type { ParsedMaking } from './recipe-schema.ts';
import { configSchema, type ParsedConfig } from './schema.ts';

const NAMES = [
  'pixmill.config.ts',
  'pixmill.config.js',
  'pixmill.config.mjs',
  'pixmill.config.json',
  'pixmill.config.yaml',
  'pixmill.config.yml',
];

/** Largest file of a watermark in bytes. */
const MAX_WATERMARK = 5_000_000;

export interface Config {
  /** Absolute path of the file. */
  file: string;
  pipelines: Pipeline[];
  limits: ImageLimits;
  hooks: HooksConfig;
  /** Queues that events come in by. */
  queues: QueueConfig[];
  history: { days: number };
  /** Bytes of each watermark by its SHA-256. */
  watermarks: Map<string, Buffer>;
}

/** Identity of a recipe among those that it shares a decode with; the imaging adapter knows it. */
export type Fingerprint = (recipe: Recipe | Copy, siblings: Recipe[]) => string;

/**
 * Loads the named file, or the first of the usual names in the folder.
 * @throws Fault `invalid` with one line per fault and the mend
 */
export async function loadConfig(named: string | undefined, folder: string, fingerprint: Fingerprint): Promise<Config> {
  const file = named === undefined ? await findFile(folder) : resolve(folder, named);
  return compileConfig(await readConfig(file), file, fingerprint);
}

/** Checks what a configuration file held and compiles it. */
export async function compileConfig(said: unknown, file: string, fingerprint: Fingerprint): Promise<Config> {
  const parsed = configSchema.safeParse(said);
  if (!parsed.success) throw invalid(file, parsed.error.issues.map(describeIssue));
  const faults: string[] = [];
  const watermarks = new Map<string, Buffer>();
  const pipelines: Pipeline[] = [];
  for (const [name, declared] of Object.entries(parsed.data.pipelines)) {
    pipelines.push(await compilePipeline(name, declared, { file, faults, watermarks, fingerprint }));
  }
  const loop = findLoop(pipelines, (name) => globsOf(parsed.data.pipelines[name]));
  if (loop) faults.push(describeLoop(loop));
  const { hooks, limits, history } = parsed.data;
  faults.push(...unknownPipelines(hooks, pipelines));
  if (faults.length > 0) throw invalid(file, faults);
  const { seconds, ...rest } = limits;
  const queues = Object.entries(parsed.data.queues).map(([name, queue]) => ({ name, ...queue }));
  return { file, pipelines, limits: { ...rest, ms: seconds * 1000 }, hooks, queues, history, watermarks };
}

function unknownPipelines({ out }: HooksConfig, pipelines: Pipeline[]): string[] {
  const known = pipelines.map(({ name }) => name);
  return out.flatMap(({ pipelines: named = [] }, index) =>
    named
      .filter((name) => !known.includes(name))
      .map((name) => `hooks.out.${index}.pipelines names "${name}", and there are only: ${known.join(', ')}`),
  );
}

interface Compilation {
  file: string;
  faults: string[];
  watermarks: Map<string, Buffer>;
  fingerprint: Fingerprint;
}

type ParsedPipeline = ParsedConfig['pipelines'][string];

async function compilePipeline(name: string, declared: ParsedPipeline, compilation: Compilation): Promise<Pipeline> {
  const recipes = new Map<string, Recipe | Copy>();
  for (const [rendition, { recipe }] of Object.entries(declared.renditions)) {
    recipes.set(rendition, await compileRecipe(recipe, `pipeline "${name}", recipe "${rendition}"`, compilation));
  }
  const siblings = withoutCopies(recipes.values());
  const renditions = Object.entries(declared.renditions).map(([rendition, { to }]): Rendition => {
    const recipe = recipes.get(rendition) as Recipe | Copy;
    return { name: rendition, recipe, to, fingerprint: compilation.fingerprint(recipe, siblings) };
  });
  const { bucket, prefix, match, exclude } = declared.source;
  return {
    name,
    source: { bucket, prefix, match: compileGlobs(match), exclude: compileGlobs(exclude) },
    renditions,
    original: declared.original,
    onSourceDelete: declared.onSourceDelete,
    sweep: declared.sweep,
  };
}

async function compileRecipe(parsed: ParsedMaking, culprit: string, compilation: Compilation): Promise<Recipe | Copy> {
  if (parsed.copy) return parsed;
  const { watermark, ...rest } = parsed;
  const recipe = withoutUndefined(rest) as Recipe;
  if (!watermark) return recipe;
  const { file: named, ...placing } = watermark;
  const path = resolve(dirname(compilation.file), named);
  try {
    const bytes = await readWatermark(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    compilation.watermarks.set(sha256, bytes);
    return { ...recipe, watermark: { sha256, ...placing } };
  } catch (error) {
    compilation.faults.push(`${culprit}: watermark "${named}": ${(error as Error).message}`);
    return recipe;
  }
}

async function readWatermark(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > MAX_WATERMARK) throw new Error(`${size} bytes is over the limit of ${MAX_WATERMARK}`);
  return readFile(path);
}

/** Leaves out keys that are undefined, so that two ways of saying nothing have one fingerprint. */
function withoutUndefined(value: object): object {
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(kept.map(([key, inner]) => [key, isPlain(inner) ? withoutUndefined(inner) : inner]));
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function globsOf(declared: ParsedPipeline | undefined): string[] {
  return [declared?.source.match ?? [], declared?.source.exclude ?? []].flat();
}

/** What keeps globs out of the folders `.` and `..`, which are none in a key: `..` there is a name like any other. */
const NO_DOTS = /\(\?!(?:\(\?:\^\|\\\/\))?\\\.\{1,2\}\(\?:\\\/\|\$\)\)/g;

function compileGlobs(globs: string | string[] | undefined): RegExp | undefined {
  if (globs === undefined) return undefined;
  // A glob without a slash speaks of the name, wherever the object lies: `*.jpg` takes `a/b/c.jpg`.
  const anywhere = [globs].flat().map((glob) => (glob.includes('/') ? glob : `**/${glob}`));
  const patterns = anywhere.map((glob) => picomatch.makeRe(glob, { dot: true }).source.replace(NO_DOTS, ''));
  // `s`: a line break in a key is a character like any other.
  return new RegExp(patterns.map((pattern) => `(?:${pattern})`).join('|'), 's');
}

async function findFile(folder: string): Promise<string> {
  for (const name of NAMES) {
    const path = resolve(folder, name);
    if (await exists(path)) return path;
  }
  throw new Fault('invalid', `there is no ${NAMES[0]} in ${folder}`, {
    mend: 'write one (or .js, .json, .yaml), or name yours in PIXMILL_CONFIG',
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readConfig(file: string): Promise<unknown> {
  try {
    switch (extname(file)) {
      case '.json':
        return JSON.parse(await readFile(file, 'utf8'));
      case '.yaml':
      case '.yml':
        return parseYaml(await readFile(file, 'utf8'));
      default:
        return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
    }
  } catch (error) {
    throw new Fault('invalid', `${file} cannot be read: ${(error as Error).message.split('\n')[0]}`, {
      mend: 'correct the file; PIXMILL_CONFIG names another one',
      cause: error,
    });
  }
}

interface Issue {
  path: PropertyKey[];
  message: string;
  code?: string;
  /** Of `unrecognized_keys`. */
  keys?: string[];
  /** Of `invalid_key`: what is wrong with the name. */
  issues?: { message: string }[];
}

/** `pipeline "p", recipe "thumb": resize.width 0 is outside 1–8192` out of the place and the complaint. */
function describeIssue(issue: Issue): string {
  let path = issue.path.map(String);
  const parts: string[] = [];
  const [section, pipeline, part, named, what] = path;
  if (section === 'pipelines' && pipeline !== undefined) {
    parts.push(`pipeline "${pipeline}"`);
    path = path.slice(2);
    if (part === 'renditions' && named !== undefined) {
      parts.push(`${what === 'recipe' ? 'recipe' : 'rendition'} "${named}"`);
      path = path.slice(what === 'recipe' ? 3 : 2);
    }
  }
  if (section === 'queues' && pipeline !== undefined) {
    parts.push(`queue "${pipeline}"`);
    path = path.slice(2);
  }
  const culprit = parts.length > 0 ? `${parts.join(', ')}: ` : '';
  const place = path.length > 0 ? `${path.join('.')} ` : '';
  const message = issue.issues?.[0]?.message ?? issue.message;
  const complaint =
    issue.keys && message.startsWith('Unrecognized') ? `has no key ${issue.keys.map((key) => `"${key}"`).join(', ')}` : message;
  return `${culprit}${place}${complaint}`.trim();
}

function describeLoop(loop: string[]): string {
  const [first] = loop;
  return loop.length === 1
    ? `pipeline "${first}": its outputs fall into its own source; tell the two apart by another bucket, a prefix, or "exclude"`
    : `pipelines ${loop.map((name) => `"${name}"`).join(' → ')} → "${first}" feed each other; break the loop by another bucket, a prefix, or "exclude"`;
}

function invalid(file: string, faults: string[]): Fault {
  return new Fault('invalid', faults.join('\n'), { mend: `correct ${file}` });
}
