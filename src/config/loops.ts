// Finds pipelines whose outputs would come back as sources, so that they are refused before anything runs.
import { fillKey } from '../domain/key-template.ts';
import { matches, type Pipeline } from '../domain/pipeline.ts';
import { FORMATS, isCopy } from '../domain/recipe.ts';

/** Names that differ in what templates and globs look at: depth, dots, case, extensions, spaces. */
const STEMS = ['x', 'A b', 'a.b', '.hidden', 'nested/deep/x', 'thumb', 'x-thumb', 'émoji', '0'];
const EXTENSIONS = ['', '.jpg', '.jpeg', '.JPG', '.png', '.webp', '.avif', '.gif', '.tif', '.tiff', '.heic'];

/**
 * The first loop among the pipelines, as the names along it (`[a]` feeds itself, `[a, b]` feed each other), or undefined.
 * An output may fall into a source where some sample key does. Samples cannot prove the opposite; at run time an output is
 * recognised by the ledger and by its metadata, so that a loop the samples miss still does nothing.
 */
export function findLoop(pipelines: Pipeline[]): string[] | undefined {
  const feeds = new Map(pipelines.map((from) => [from.name, pipelines.filter((to) => canFeed(from, to)).map((to) => to.name)]));
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

function canFeed(from: Pipeline, to: Pipeline): boolean {
  return from.renditions.some(({ recipe, to: target }) => {
    if (target.bucket !== to.source.bucket) return false;
    const formats = !isCopy(recipe) && recipe.format !== 'same' ? [recipe.format] : FORMATS;
    return sampleKeys(from).some((key) => formats.some((format) => matches(to, target.bucket, fillKey(target.key, key, format))));
  });
}

function sampleKeys(pipeline: Pipeline): string[] {
  const { bucket, prefix } = pipeline.source;
  const all = STEMS.flatMap((stem) => EXTENSIONS.map((extension) => `${prefix}${stem}${extension}`));
  const taken = all.filter((key) => matches(pipeline, bucket, key));
  // A glob so narrow that no sample fits still takes some keys: then every sample stands for them.
  return taken.length > 0 ? taken : all;
}
