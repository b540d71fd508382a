// Pipelines as loaded: a named source and the renditions made of every object in it.
import type { Copy, Recipe } from './recipe.ts';

/** Where a pipeline's originals are. */
export interface Source {
  bucket: string;
  /** Keys must begin with it; empty takes the whole bucket. */
  prefix: string;
  /** Keys must match it, where given. Compiled from globs by the loader of the configuration. */
  match: RegExp | undefined;
  /** Keys that match it are left alone. */
  exclude: RegExp | undefined;
}

/** One declared output. */
export interface Rendition {
  name: string;
  recipe: Recipe | Copy;
  /** Identity of the recipe (and of the decode it shares with its pipeline): see `imaging/fingerprint.ts`. */
  fingerprint: string;
  to: { bucket: string; key: string };
}

export interface Pipeline {
  name: string;
  source: Source;
  renditions: Rendition[];
  /** What happens to the original once everything made of it is proven to be there. */
  original: 'keep' | 'delete';
  /** What happens to the renditions when somebody deletes the original. */
  onSourceDelete: 'delete' | 'keep';
  /** Cron expression of the sweep, where one is wanted. */
  sweep: string | undefined;
}

/** True where the object is one of the pipeline's originals by its name. */
export function matches(pipeline: Pipeline, bucket: string, key: string): boolean {
  return refusal(pipeline, bucket, key) === undefined;
}

/** Whether the pipeline has the object in its source, with the first reason against it. */
export function explainSource(pipeline: Pipeline, bucket: string, key: string): { takes: boolean; why: string } {
  const why = refusal(pipeline, bucket, key);
  return { takes: why === undefined, why: why?.() ?? 'the object is in its source' };
}

/** The first reason against the object, put into words only where somebody wants to hear it. */
function refusal({ source }: Pipeline, bucket: string, key: string): (() => string) | undefined {
  if (source.bucket !== bucket) return () => `it reads bucket "${source.bucket}", and this is in "${bucket}"`;
  if (!key.startsWith(source.prefix)) return () => `it reads keys that begin with "${source.prefix}"`;
  // A folder that a file browser made, and never a picture.
  if (key.endsWith('/')) return () => 'a key that ends in "/" is a folder, not a picture';
  if (source.match && !source.match.test(key)) return () => 'the key does not fit its "match"';
  if (source.exclude?.test(key)) return () => 'the key fits its "exclude"';
  return undefined;
}
