// Puts one rendition into its bucket without ever replacing what is not its own earlier version.
import { Fault } from '../domain/fault.ts';
import { fillKey, MAX_KEY_BYTES } from '../domain/key-template.ts';
import { objectName } from '../domain/object-hint.ts';
import type { RecordedRendition, Target } from '../domain/plan.ts';
import type { ObjectVersion, ReconcileLedger, RenderedOutput, Store } from '../domain/ports.ts';
import { contentType } from '../domain/recipe.ts';
import { isMadeOf, madeOfEtag, outputMetadata } from './output-metadata.ts';

/**
 * Writes the output at the key that its template gives.
 * @throws Fault `collision` where the key holds another original's rendition or somebody's own object, `changed` where
 *   another worker has written a rendition of a newer version there
 */
export async function writeOutput(
  store: Store,
  ledger: ReconcileLedger,
  source: ObjectVersion,
  target: Target,
  output: RenderedOutput,
): Promise<{ bucket: string; key: string; etag: string }> {
  const { bucket, key, recorded } = placeOf(target, source.key, output.format);
  const options = {
    contentType: contentType(output.format),
    metadata: outputMetadata({ bucket, key }, source, target.rendition.fingerprint),
    sha256: output.sha256,
  };
  try {
    const expected = recorded ? { etag: recorded.etag } : ('absent' as const);
    const { etag } = await store.put(bucket, key, output.body, { ...options, onlyOver: expected });
    return { bucket, key, etag };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'changed') throw error;
    const present = await ownVersion(store, ledger, source, { bucket, key });
    const onlyOver = present ? { etag: present } : ('absent' as const);
    const { etag } = await store.put(bucket, key, output.body, { ...options, onlyOver });
    return { bucket, key, etag };
  }
}

/**
 * Where the target of a source goes, and what the ledger says lies there of it.
 * @throws Fault `too_large` where the key would be longer than a key may be
 */
export function placeOf(
  { rendition, recorded }: Target,
  sourceKey: string,
  format: string,
): { bucket: string; key: string; recorded: RecordedRendition | undefined } {
  const { bucket } = rendition.to;
  const key = fillKey(rendition.to.key, sourceKey, format);
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new Fault('too_large', `the key of rendition "${rendition.name}" would be longer than ${MAX_KEY_BYTES} bytes`, {
      mend: 'shorten the source key or the key template',
    });
  }
  return { bucket, key, recorded: recorded?.bucket === bucket && recorded.key === key ? recorded : undefined };
}

/**
 * The ETag of what lies at the key, where it is an earlier rendition of this source: a try that was cut off before it
 * was recorded, say. Undefined where nothing lies there.
 * @throws Fault `collision`, `changed`: as `writeOutput` does
 */
export async function ownVersion(
  store: Store,
  ledger: ReconcileLedger,
  source: ObjectVersion,
  output: { bucket: string; key: string },
): Promise<string | undefined> {
  const head = await store.head(output.bucket, output.key);
  if (!head) return undefined;
  if (!isMadeOf(source, head.metadata)) {
    const owner = await ledger.ownerOf(output.bucket, output.key);
    const culprit = owner ? `the rendition of ${objectName(owner.bucket, owner.key)}` : 'an object that Pixmill did not make';
    throw new Fault('collision', `${objectName(output.bucket, output.key)} holds ${culprit}`, {
      mend: 'give the rendition a key template that keeps the two apart, or move one of the two, then redrive',
    });
  }
  if (madeOfEtag(head.metadata) !== source.etag) {
    // Older or newer than ours? Only the source can tell.
    const now = await store.head(source.bucket, source.key);
    if (now?.etag !== source.etag) {
      throw new Fault('changed', `${objectName(source.bucket, source.key)} was replaced while it was rendered`);
    }
  }
  return head.etag;
}
