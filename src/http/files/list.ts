// One page of files: reads names until it has enough of those that are asked for, or has read enough for one answer.
import { matches, type Pipeline } from '../../domain/pipeline.ts';
import type { ShownFile } from '../shapes/file.ts';
import { type LookServices, lookAt } from './look.ts';
import { eachFile, type NamedFile, type Place } from './places.ts';

export interface FileFilter {
  bucket?: string | undefined;
  /** Part of the key, whatever its case. */
  q?: string | undefined;
  pipeline?: Pipeline | undefined;
  state?: 'missing' | 'drift' | undefined;
}

/** Names read, and files looked at, for one answer: where little is found among many, an answer may hold few files or none. */
const MOST_NAMES = 20_000;
const MOST_LOOKS = 250;

/** @returns in the order of buckets and keys; `next` where there may be more */
export async function listFiles(
  services: LookServices,
  { bucket, q, pipeline, state }: FileFilter,
  limit: number,
  after: Place | undefined,
): Promise<{ files: ShownFile[]; next: Place | undefined }> {
  const pipelines = (pipeline ? [pipeline] : services.pipelines).filter(
    ({ source }) => (bucket ?? source.bucket) === source.bucket,
  );
  const words = q?.toLowerCase();
  const isWanted = ({ bucket, key, over }: NamedFile) =>
    !over && (words === undefined || key.toLowerCase().includes(words)) && pipelines.some((one) => matches(one, bucket, key));

  const names = eachFile(services, pipelines, after);
  const files: ShownFile[] = [];
  let read = 0;
  let looked = 0;
  let last = after;
  try {
    for (let name = await names.next(); !name.done; name = await names.next()) {
      if (files.length === limit || read >= MOST_NAMES || looked >= MOST_LOOKS) return { files, next: last };
      const batch: NamedFile[] = [];
      for (; !name.done; name = await names.next()) {
        read++;
        last = { bucket: name.value.bucket, key: name.value.key };
        if (isWanted(name.value)) batch.push(name.value);
        if (batch.length === limit - files.length || read >= MOST_NAMES) break;
      }
      looked += batch.length;
      const found = await lookAt(services, batch);
      files.push(...(state === undefined ? found : found.filter((file) => file[state])));
      if (name.done) break;
    }
    return { files, next: undefined };
  } finally {
    await names.return();
  }
}
