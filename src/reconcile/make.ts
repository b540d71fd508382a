// Makes what a plan wants of one version of an object: pictures out of one decode, copies out of one reading.
import { asFault, type Fault } from '../domain/fault.ts';
import type { MadeRendition, ObjectJob, OriginalRecord } from '../domain/outcome.ts';
import type { RecordedRendition, Target } from '../domain/plan.ts';
import type { Imaging, Log, ObjectVersion, PictureBytes, ReconcileLedger, Store } from '../domain/ports.ts';
import { isCopy, makerOf, type Recipe, withoutCopies } from '../domain/recipe.ts';
import { takeOutput } from '../domain/rendered.ts';
import { samePlace, sourceOf } from './records.ts';
import { type ReadFile, readFile, writeCopy } from './write-copy.ts';
import { writeOutput } from './write-output.ts';

/** What making needs of the world. */
export interface Maker {
  store: Store;
  imaging: Imaging;
  ledger: ReconcileLedger;
  log: Log;
}

/** What came of it; what failed for a time is thrown instead. */
export interface Made {
  made: MadeRendition[];
  failed: { target: Target; fault: Fault }[];
  /** True where one of the targets was there before. */
  replaced: boolean;
  /** What was learned of the original. */
  source: Partial<OriginalRecord>;
}

/** @throws Fault where nothing can be made of these bytes, or where trying again may help */
export async function makePictures(
  maker: Maker,
  job: ObjectJob,
  source: ObjectVersion,
  targets: Target[],
  body: PictureBytes,
): Promise<Made> {
  const { store, ledger, imaging } = maker;
  const picture = await imaging.render(
    body,
    targets.map(({ rendition, pipeline }, index) => ({
      id: String(index),
      recipe: rendition.recipe as Recipe,
      siblings: withoutCopies(pipeline.renditions.map(({ recipe }) => recipe)),
    })),
  );
  const results = await each(maker, targets, async (target, index) => {
    const output = takeOutput(picture, String(index));
    const { format, width, height, sha256, body } = output;
    return {
      ...identity(maker, source, target, picture.source.sha256),
      ...(await writeOutput(store, ledger, source, target, output)),
      ...{ format, width, height, sha256, size: body.length },
      decodeMs: Math.round(picture.decodeMs),
      renderMs: Math.round(output.ms),
      totalMs: sinceHint(job),
    };
  });
  return { ...results, source: sourceOf(picture) };
}

/** Undefined where the source is not there any more. @throws Fault where trying again may help */
export async function makeCopies(
  maker: Maker,
  job: ObjectJob,
  source: ObjectVersion,
  targets: Target[],
): Promise<Made | undefined> {
  const { store, ledger, imaging } = maker;
  let file: ReadFile | undefined;
  try {
    file = await readFile(store, source);
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.transient) throw fault;
    return { made: [], failed: targets.map((target) => ({ target, fault })), replaced: false, source: {} };
  }
  if (!file) return undefined;
  const { head, sha256, start } = file;
  const format = imaging.formatOf(start);
  const results = await each(maker, targets, async (target) => {
    const started = performance.now();
    return {
      ...identity(maker, source, target, sha256),
      ...(await writeCopy(store, ledger, source, file, target)),
      ...{ format: format ?? 'copy', width: undefined, height: undefined, sha256, size: head.size },
      decodeMs: 0,
      renderMs: Math.round(performance.now() - started),
      totalMs: sinceHint(job),
    };
  });
  return { ...results, source: { sha256, ...(format !== undefined && { format }) } };
}

export function isCopyTarget({ rendition }: Target): boolean {
  return isCopy(rendition.recipe);
}

/** Deletes an output unless somebody has put something else there. @returns its id on the ledger */
export async function removeOutput(
  { store, log }: Pick<Maker, 'store' | 'log'>,
  { id, bucket, key, etag }: RecordedRendition,
): Promise<number> {
  const head = await store.head(bucket, key);
  if (head && head.etag === etag) await store.delete(bucket, key, { ifMatch: etag });
  else if (head) log.warn({ bucket, key }, 'an output was replaced by somebody and is left alone');
  return id;
}

async function each(
  maker: Maker,
  targets: Target[],
  make: (target: Target, index: number) => Promise<MadeRendition>,
): Promise<Omit<Made, 'source'>> {
  const made: MadeRendition[] = [];
  const failed: Made['failed'] = [];
  for (const [index, target] of targets.entries()) {
    try {
      const rendition = await make(target, index);
      made.push(rendition);
      // The template or the format changed, and with it the key: what lies at the old one is nobody's any more.
      if (target.recorded && !samePlace(target.recorded, rendition)) await removeOutput(maker, target.recorded);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.transient) throw fault;
      failed.push({ target, fault });
    }
  }
  return { made, failed, replaced: targets.some(({ recorded }) => recorded) };
}

function identity({ imaging }: Maker, source: ObjectVersion, { pipeline, rendition, recorded }: Target, sha256: string) {
  return {
    pipeline: pipeline.name,
    name: rendition.name,
    sourceEtag: source.etag,
    sourceSha256: sha256,
    fingerprint: rendition.fingerprint,
    engine: makerOf(rendition.recipe, imaging.engine),
    replaces: recorded && { bucket: recorded.bucket, key: recorded.key, etag: recorded.etag },
  };
}

function sinceHint(job: ObjectJob): number {
  return Math.max(0, Date.now() - job.at.getTime());
}
