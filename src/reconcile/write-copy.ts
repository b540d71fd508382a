// Passes a file on as it is: the store copies it, and what went in and what came out are compared by their hashes.
import { createHash } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import { objectName } from '../domain/object-hint.ts';
import type { Target } from '../domain/plan.ts';
import type { ObjectHead, ObjectVersion, ReconcileLedger, Store } from '../domain/ports.ts';
import { copyMetadata, outputMetadata } from './output-metadata.ts';
import { ownVersion, placeOf } from './write-output.ts';

/** What S3 copies in one request, in bytes. */
const MAX_COPY = 5 * 1024 ** 3;

/** What one reading of a file told. */
export interface ReadFile {
  head: ObjectHead;
  /** Both in hex. */
  sha256: string;
  md5: string;
  /** The first bytes, which tell a picture's format. */
  start: Buffer;
}

/**
 * Reads a version from end to end and keeps nothing of it but hashes: memory stays flat whatever the size. Undefined where
 * there is no such object.
 * @throws Fault `changed` where it is another version by now, `too_large` where no store would copy it
 */
export async function readFile(store: Store, { bucket, key, etag }: ObjectVersion): Promise<ReadFile | undefined> {
  const stream = await store.stream(bucket, key, { ifMatch: etag });
  if (!stream) return undefined;
  const { head, body } = stream;
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  let start = Buffer.alloc(0);
  let size = 0;
  try {
    if (head.size > MAX_COPY) throw tooLarge({ bucket, key }, head.size);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      sha256.update(chunk);
      md5.update(chunk);
      if (start.length < 16) start = Buffer.concat([start, chunk.subarray(0, 16)]);
      size += chunk.length;
    }
    if (size !== head.size) throw new Error(`the store sent ${size} of ${head.size} bytes`);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('store_unavailable', `${objectName(bucket, key)}: the store does not send all of it`, { cause: error });
  } finally {
    (body as NodeJS.ReadableStream & { destroy(): void }).destroy();
  }
  return { head, sha256: sha256.digest('hex'), md5: md5.digest('hex'), start };
}

/**
 * Writes the copy at the key that the target's template gives, never over anything that is not its own earlier version.
 * Many stores heed no condition on the target of a copy, so what lies there is looked at first.
 * @param file the source as it was read
 * @throws Fault `collision`, `changed` as `writeOutput` does; `store_unavailable` where the copy has other bytes
 */
export async function writeCopy(
  store: Store,
  ledger: ReconcileLedger,
  source: ObjectVersion,
  file: ReadFile,
  target: Target,
): Promise<{ bucket: string; key: string; etag: string }> {
  const { bucket, key, recorded } = placeOf(target, source.key, '');
  const asRecorded = recorded && (await store.head(bucket, key))?.etag === recorded.etag;
  const present = asRecorded ? recorded.etag : await ownVersion(store, ledger, source, { bucket, key });
  const ours = outputMetadata({ bucket, key }, source, target.rendition.fingerprint);
  const copied = await store.copy(
    source,
    { bucket, key },
    {
      contentType: file.head.contentType,
      headers: file.head.headers,
      metadata: copyMetadata(ours, file.head.metadata),
      onlyOver: present === undefined ? 'absent' : { etag: present },
    },
  );
  if (!copied) throw new Fault('changed', `${objectName(source.bucket, source.key)} went while it was copied`);
  const sha256 = copied.etag === file.md5 ? file.sha256 : (copied.sha256 ?? (await readBack(store, { bucket, key, ...copied })));
  if (sha256 !== file.sha256) {
    const [copy, original] = [objectName(bucket, key), objectName(source.bucket, source.key)];
    throw new Fault('store_unavailable', `${copy} has other bytes than ${original}, of which it is a copy`, {
      mend: 'it is copied again by itself; look at the store if this lasts',
    });
  }
  return { bucket, key, etag: copied.etag };
}

/** For stores that tell neither a checksum nor an ETag that is the MD5: objects in several parts, or encrypted by keys. */
async function readBack(store: Store, copy: ObjectVersion): Promise<string | undefined> {
  return (await readFile(store, copy))?.sha256;
}

function tooLarge({ bucket, key }: { bucket: string; key: string }, size: number): Fault {
  return new Fault('too_large', `${objectName(bucket, key)} has ${size} bytes, and a store copies ${MAX_COPY} at most`, {
    mend: 'move it by hand, or leave it out with "exclude"',
  });
}
