// Finds pipelines whose outputs would come back as sources, so that they are refused before anything runs.
import { fillKey } from '../domain/key-template.ts';
import { matches, type Pipeline } from '../domain/pipeline.ts';
import { FORMATS, isCopy } from '../domain/recipe.ts';
import { sampleKeys } from './sample-keys.ts';

/**
 * The first loop among the pipelines, as the names along it (`[a]` feeds itself, `[a, b]` feed each other), or undefined.
 * An output may fall into a source where some sample key does. Samples cannot prove the opposite; at run time an output is
 * recognised by the ledger and by its metadata, so that a loop the samples miss still does nothing.
 * @param globsOf the globs of a pipeline's source, by its name
 */
export function findLoop(pipelines: Pipeline[], globsOf: (name: string) => string[]): string[] | undefined {
  const samples = new Map(pipelines.map((pipeline) => [pipeline, sampleKeys(pipeline, globsOf(pipeline.name))]));
  const mayFeed = (from: Pipeline, to: Pipeline) => canFeed(from, samples.get(from) ?? [], to, samples.get(to) ?? []);
  const feeds = new Map(pipelines.map((from) => [from.name, pipelines.filter((to) => mayFeed(from, to)).map((to) => to.name)]));
  for (const start of feeds.keys()) {
    const loop = walk(feeds, start, [start]);
    if (loop) return loop;
  }
  return undefined;
}

function walk(feeds: Map<string, string[]>, start: string, path: string[]): string[] | undefined {
  for (const next of feeds.get(path.at(-1) ?? '') ?? []) {
    if (next === start) return path;
    if (path.includes(next)) continue;
    const loop = walk(feeds, start, [...path, next]);
    if (loop) return loop;
  }
  return undefined;
}

/** True where the output of a key that the one takes is a key that the other takes. */
function canFeed(from: Pipeline, given: string[], to: Pipeline, wanted: string[]): boolean {
  return from.renditions.some(({ recipe, to: target }) => {
    if (target.bucket !== to.source.bucket) return false;
    const formats = !isCopy(recipe) && recipe.format !== 'same' ? [recipe.format] : FORMATS;
    // From what the one takes on, and from what the other takes back: either may be too narrow to be met by chance.
    const back = wanted
      .flatMap((output) => sourcesOf(output, target.key, from.source.prefix))
      .filter((key) => matches(from, from.source.bucket, key));
    return [...given, ...back].some((key) =>
      formats.some((format) => matches(to, target.bucket, fillKey(target.key, key, format))),
    );
  });
}

/** Keys of which the template may make this output. */
function sourcesOf(output: string, template: string, prefix: string): string[] {
  const names: string[] = [];
  const pattern = template
    .split(/\{([a-z]+)\}/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[^\w]/g, '\\$&');
      names.push(part);
      return '(.*)';
    })
    .join('');
  const found = new RegExp(`^${pattern}$`, 's').exec(output);
  if (!found) return [];
  const parts = new Map(names.map((name, index) => [name, found[index + 1] ?? '']));
  const dir = parts.get('dir') ?? prefix;
  const extension = parts.get('ext') ?? 'jpg';
  return [parts.get('key'), `${dir}${parts.get('name') ?? `${parts.get('stem') ?? 'x'}.${extension}`}`, parts.get('stem')].filter(
    (key) => key !== undefined,
  );
}
