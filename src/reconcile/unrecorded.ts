// Finds outputs that were written for a source and never recorded: a try was cut off between the two, and then the source went.
import { fillKey } from '../domain/key-template.ts';
import { objectName } from '../domain/object-hint.ts';
import type { Pipeline, Rendition } from '../domain/pipeline.ts';
import type { Store } from '../domain/ports.ts';
import { FORMATS, isCopy } from '../domain/recipe.ts';
import { isMadeOf, isOwnOutput } from './output-metadata.ts';

interface Name {
  bucket: string;
  key: string;
}

/** Deletes what says of itself that it was made of this source. @returns how many */
export async function removeUnrecorded(store: Store, source: Name, pipelines: Pipeline[], recorded: Name[]): Promise<number> {
  const known = new Set(recorded.map(({ bucket, key }) => objectName(bucket, key)));
  let removed = 0;
  for (const output of pipelines.flatMap(({ renditions }) =>
    renditions.flatMap((rendition) => outputsOf(rendition, source.key)),
  )) {
    if (known.has(objectName(output.bucket, output.key))) continue;
    const head = await store.head(output.bucket, output.key);
    if (!head || !isOwnOutput(output, head.metadata) || !isMadeOf(source, head.metadata)) continue;
    await store.delete(output.bucket, output.key, { ifMatch: head.etag });
    removed++;
  }
  return removed;
}

/** Where the rendition of a source may lie: one place, or one for each format that its key may name. */
function outputsOf({ recipe, to }: Rendition, sourceKey: string): Name[] {
  const formats = !isCopy(recipe) && recipe.format !== 'same' ? [recipe.format] : FORMATS;
  const keys = new Set(formats.map((format) => fillKey(to.key, sourceKey, format)));
  return [...keys].map((key) => ({ bucket: to.bucket, key }));
}
