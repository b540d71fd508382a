// Looks at files in every bucket they should be in: what is there, what the ledger says, and whether the two agree.
import type { Kysely } from 'kysely';
import { fillKey, MAX_KEY_BYTES } from '../../domain/key-template.ts';
import { objectName } from '../../domain/object-hint.ts';
import { matches, type Pipeline, type Rendition } from '../../domain/pipeline.ts';
import type { ObjectHead, Store } from '../../domain/ports.ts';
import { FORMATS, isCopy } from '../../domain/recipe.ts';
import { standingOfOutput, standingOfSource } from '../../domain/standing.ts';
import { findOriginals, findOutputs, type KnownOriginal, type KnownRendition } from '../../ledger/originals.ts';
import type { Ledger } from '../../ledger/schema.ts';
import { inUtc } from '../present.ts';
import type { FileOutput, ShownFile } from '../shapes/file.ts';
import type { NamedFile } from './places.ts';

export interface LookServices {
  db: Kysely<Ledger>;
  store: Store;
  /** All that are declared. */
  pipelines: Pipeline[];
}

/** Outputs asked for at once. */
const HEADS = 16;

/** Looks at each, in the order given; outputs that lie in a source are left out, since they are nobody's originals. */
export async function lookAt(services: LookServices, files: NamedFile[]): Promise<ShownFile[]> {
  const [originals, outputs] = await Promise.all([findOriginals(services.db, files), findOutputs(services.db, files)]);
  const known = new Map(originals.map((original) => [objectName(original.bucket, original.key), original]));
  const own = new Set(outputs.map(({ bucket, key }) => objectName(bucket, key)));
  const sought = files
    .filter(({ bucket, key }) => !own.has(objectName(bucket, key)))
    .map((file) => {
      const original = known.get(objectName(file.bucket, file.key));
      return { file, original, outputs: outputsOf(services.pipelines, file, original) };
    });
  const heads = await headAll(
    services.store,
    sought.flatMap(({ outputs }) => outputs),
  );
  return sought.map(({ file, original, outputs }) => describe(services.pipelines, file, original, outputs, heads));
}

/** A rendition of a file that is declared, recorded or both. */
interface Output {
  pipeline: string;
  name: string;
  declared: boolean;
  bucket: string;
  /** Undefined where nobody can tell before it is made. */
  key: string | undefined;
  recorded: KnownRendition | undefined;
}

function outputsOf(pipelines: Pipeline[], file: NamedFile, original: KnownOriginal | undefined): Output[] {
  const recorded = original?.renditions ?? [];
  const isOf = (pipeline: string, name: string) => (one: KnownRendition) => one.pipeline === pipeline && one.name === name;
  const declared = takers(pipelines, file).flatMap((pipeline) =>
    pipeline.renditions.map((rendition): Output => {
      const made = recorded.find(isOf(pipeline.name, rendition.name));
      const place = made ?? { bucket: rendition.to.bucket, key: expectedKey(rendition, file.key, original?.format ?? undefined) };
      return { pipeline: pipeline.name, name: rendition.name, declared: true, ...place, recorded: made };
    }),
  );
  const others = recorded.filter(({ pipeline, name }) => !declared.some((one) => one.pipeline === pipeline && one.name === name));
  return [...declared, ...others.map((made) => ({ ...made, declared: false, recorded: made }))];
}

/** Where a rendition that was never made will lie. */
function expectedKey({ recipe, to }: Rendition, sourceKey: string, sourceFormat: string | undefined): string | undefined {
  const format = formatWritten(recipe, sourceFormat);
  if (format === undefined && to.key.includes('{format}')) return undefined;
  const key = fillKey(to.key, sourceKey, format ?? '');
  return Buffer.byteLength(key) > MAX_KEY_BYTES ? undefined : key;
}

function formatWritten(recipe: Rendition['recipe'], sourceFormat: string | undefined): string | undefined {
  if (isCopy(recipe)) return undefined;
  if (recipe.format !== 'same' || sourceFormat === undefined) return recipe.format === 'same' ? undefined : recipe.format;
  return (FORMATS as readonly string[]).includes(sourceFormat) ? sourceFormat : 'png';
}

function takers(pipelines: Pipeline[], { bucket, key }: { bucket: string; key: string }): Pipeline[] {
  return pipelines.filter((pipeline) => matches(pipeline, bucket, key));
}

type Heads = Map<Output, ObjectHead | undefined>;

/** @throws Fault of the store at the first that cannot be asked for; then no more are */
async function headAll(store: Store, outputs: Output[]): Promise<Heads> {
  const heads: Heads = new Map();
  const rest = outputs.values();
  let stopped = false;
  const ask = async () => {
    for (const output of rest) {
      if (stopped) return;
      if (output.key !== undefined) heads.set(output, await store.head(output.bucket, output.key));
    }
  };
  try {
    await Promise.all(Array.from({ length: HEADS }, ask));
  } finally {
    stopped = true;
  }
  return heads;
}

function describe(
  pipelines: Pipeline[],
  { bucket, key, listed }: NamedFile,
  original: KnownOriginal | undefined,
  outputs: Output[],
  heads: Heads,
): ShownFile {
  const source = { ...found(listed), recorded: original ? recordOf(original) : null, ...standingOfSource(listed, original) };
  const places = outputs.map((output) => describeOutput(output, heads.get(output), listed !== undefined));
  return {
    bucket,
    key,
    id: original?.id ?? null,
    pipelines: takers(pipelines, { bucket, key }).map(({ name }) => name),
    missing: [source, ...places].some(({ missing }) => missing),
    drift: [source, ...places].some(({ drift }) => drift),
    source,
    outputs: places,
  };
}

function describeOutput(
  { pipeline, name, declared, bucket, key, recorded }: Output,
  head: ObjectHead | undefined,
  sourceThere: boolean,
): FileOutput {
  return {
    pipeline,
    name,
    declared,
    bucket,
    key: key ?? null,
    ...found(head),
    recorded: recorded ? { etag: recorded.etag, size: recorded.size, madeAt: inUtc(recorded.madeAt) } : null,
    ...standingOfOutput(head, recorded, declared && sourceThere),
  };
}

function found(object: { etag: string; size: number; modifiedAt: Date } | undefined) {
  const { etag, size, modifiedAt } = object ?? {};
  return {
    present: object !== undefined,
    etag: etag ?? null,
    size: size ?? null,
    modifiedAt: modifiedAt?.toISOString() ?? null,
  };
}

function recordOf({ state, etag, size, modifiedAt }: KnownOriginal) {
  return { state, etag, size, modifiedAt: modifiedAt.toISOString() };
}
