// The way around HTTP for a renderer on this machine: the file in which an object's bytes lie.
import { Fault } from '../domain/fault.ts';
import { objectName } from '../domain/object-hint.ts';
import type { HeldFile, ObjectHead } from '../domain/ports.ts';
import type { Services } from './call.ts';
import type { StoredVersion } from './index-reads.ts';

/** An object and its file; `file` is undefined where the bytes lie in several files or in none. */
export interface Borrowed {
  head: ObjectHead;
  file: HeldFile | undefined;
}

/** How often the row is read again because its file was dropped meanwhile. */
const TRIES = 5;

/**
 * Finds an object and holds its file. Undefined where there is no such object.
 * @throws Fault `changed` where it is not the version asked for
 */
export async function borrow(services: Services, bucket: string, key: string, ifMatch?: string): Promise<Borrowed | undefined> {
  for (let left = TRIES; left > 0; left--) {
    const version = await services.index.find(bucket, key);
    if (!version) return undefined;
    if (ifMatch !== undefined && ifMatch !== version.etag) {
      throw new Fault('changed', `${objectName(bucket, key)}: it is not the version that was expected`);
    }
    const head = describe(version);
    const { blob } = version;
    if (blob === null) return { head, file: undefined };
    const release = services.garbage.hold([blob]);
    if (release) return { head, file: { path: services.blobs.path(blob), size: version.size, release } };
  }
  throw new Fault('changed', `${objectName(bucket, key)} is replaced again and again`);
}

function describe({ etag, size, headers, metadata, modifiedAt }: StoredVersion): ObjectHead {
  return { etag, size, contentType: headers['content-type'], metadata, modifiedAt };
}
