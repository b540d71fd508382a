// The buckets that the declared pipelines read and write.
import type { Pipeline } from '../../api/types.ts';

/** @param asked is among them, whether a pipeline knows it or not */
export function bucketsOf(pipelines: Pipeline[], which: 'sources' | 'all', asked: string | undefined): string[] {
  const own = pipelines.flatMap(({ source, renditions }) => [
    source.bucket,
    ...(which === 'all' ? renditions.map(({ bucket }) => bucket) : []),
  ]);
  return [...new Set(asked === undefined ? own : [...own, asked])].sort();
}
