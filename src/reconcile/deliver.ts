// Lets an original go, once a look at the store has proven that everything made of it is there.
import type { Pipeline } from '../domain/pipeline.ts';
import type { RecordedRendition } from '../domain/plan.ts';
import type { Store } from '../domain/ports.ts';

/**
 * Deletes the source version if each output is in the store with the recorded size and ETag.
 * @returns the recorded renditions that are not there as recorded; the original then stays
 * @throws Fault `changed` where the source was replaced meanwhile
 */
export async function deliver(
  store: Store,
  source: { bucket: string; key: string; etag: string },
  recorded: RecordedRendition[],
  pipelines: Pipeline[],
): Promise<RecordedRendition[]> {
  const declared = recorded.filter(({ pipeline }) => pipelines.some(({ name }) => name === pipeline));
  const heads = await Promise.all(declared.map(({ bucket, key }) => store.head(bucket, key)));
  const missing = declared.filter(({ etag, size }, index) => heads[index]?.etag !== etag || heads[index]?.size !== size);
  if (missing.length === 0) await store.delete(source.bucket, source.key, { ifMatch: source.etag });
  return missing;
}
