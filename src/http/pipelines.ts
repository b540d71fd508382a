// Finding pipelines by name, and saying why one does not take an object.
import { Fault } from '../domain/fault.ts';
import type { Pipeline } from '../domain/pipeline.ts';

/** @throws Fault `not_found` that names those there are */
export function pipelineNamed(pipelines: Pipeline[], name: string): Pipeline {
  const found = pipelines.find((pipeline) => pipeline.name === name);
  if (found) return found;
  throw new Fault('not_found', `there is no pipeline "${name}"`, {
    mend: `there are: ${pipelines.map((pipeline) => pipeline.name).join(', ')}`,
  });
}

/** Whether the pipeline has the object in its source, with the first reason against it. In step with `matches` of the domain. */
export function explainSource({ source }: Pipeline, bucket: string, key: string): { takes: boolean; why: string } {
  const no = (why: string) => ({ takes: false, why });
  if (source.bucket !== bucket) return no(`it reads bucket "${source.bucket}", and this is in "${bucket}"`);
  if (!key.startsWith(source.prefix)) return no(`it reads keys that begin with "${source.prefix}"`);
  if (key.endsWith('/')) return no('a key that ends in "/" is a folder, not a picture');
  if (source.match && !source.match.test(key)) return no('the key does not fit its "match"');
  if (source.exclude?.test(key)) return no('the key fits its "exclude"');
  return { takes: true, why: 'the object is in its source' };
}
